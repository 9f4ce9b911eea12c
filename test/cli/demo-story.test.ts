import { expect, it } from 'vitest';
import { createDemoBooks, truthOf } from '../../src/cli/demo-books.ts';
import { lineOf } from '../../src/cli/demo-story.ts';
import { createPageWatch } from '../../src/server/page-watch.ts';
import { apply, launchCanary, type Canary, type Fact } from '../../src/domain/canary.ts';
import { effectsOf, LAUNCH_EFFECTS, type LedgerEvent } from '../../src/domain/events.ts';
import type { MailTruth } from '../../src/sandbox/truth.ts';
import { accepted, draft, refused, settled, sighted, START } from '../ledger/support.ts';
import { aProbe, NOW } from '../server/samples.ts';
import { fakeControl } from '../server/support.ts';

/** A canary, fact by fact, as the ledger tells of it. */
function history(facts: readonly Fact[]): readonly (readonly [LedgerEvent, Canary])[] {
  const launch = { ...draft(0), sequence: 1 };
  let canary = launchCanary(launch);
  const events: [LedgerEvent, Canary][] = [
    [
      { position: 0, at: START, launch, fact: { type: 'launched' }, effects: LAUNCH_EFFECTS },
      canary,
    ],
  ];
  for (const [index, fact] of facts.entries()) {
    const after = apply(canary, fact);
    const effects = effectsOf(canary, after);
    events.push([{ position: index + 1, at: START, launch, fact, effects }, after]);
    canary = after;
  }
  return events;
}

const linesOf = (...facts: Fact[]): readonly string[] =>
  history(facts).flatMap(([event, canary]) => lineOf(event, canary)?.label ?? []);

it('one line for what became of a canary, and for what comes after', () => {
  const lost: Fact = { type: 'written_off', at: START };

  expect(linesOf(accepted(), sighted(), settled())).toEqual(['on time']);
  expect(linesOf(accepted(), sighted(), settled('overdue'))).toEqual(['late']);
  expect(linesOf(accepted(), settled('overdue'), lost, sighted(9_000))).toEqual([
    'missing',
    'lost',
    'came after all',
  ]);
  expect(linesOf(refused())).toEqual(['not sent']);
});

it('the books say how many there were, and how many are still missing', () => {
  const books = createDemoBooks();
  const stories = [
    [accepted(), sighted(), settled()],
    [accepted(), settled('overdue')],
    [accepted(), settled('overdue'), sighted(9_000)],
    [refused()],
    [accepted()],
  ];
  for (const [event, canary] of stories.flatMap(history)) books.note(event, canary);

  expect([...books.counts().values()]).toEqual([
    {
      launched: 5,
      onTime: 1,
      late: 2,
      misfiled: 0,
      unknown: 0,
      missing: 1,
      recovered: 1,
      duplicated: 0,
      unsent: 1,
    },
  ]);
});

it('the truth is what the sandbox did', () => {
  const mail = (state: MailTruth['state'], ...afterMs: readonly number[]) =>
    ({
      state,
      acceptedAt: START,
      copies: afterMs.map((ms) => ({ at: START + ms })),
    }) as unknown as MailTruth;

  const mails = [mail('ingested', 5), mail('ingested', 90, 99), mail('lost'), mail('waiting')];

  expect(truthOf(mails, 60)).toEqual({ accepted: 4, lost: 1, late: 1, duplicated: 1 });
});

it('a page begins with its reason and ends once all has been well for a while', () => {
  const well = aProbe();
  const { lateAfterMs } = well.policy;
  const stalled = aProbe({
    headAt: NOW - lateAfterMs - 60_000,
    horizon: NOW - 1_000,
    headWaiting: 7,
  });
  let [probe, now] = [well, NOW];
  const watch = createPageWatch({ ...fakeControl(), now: () => now, probes: () => [probe] });

  const before = watch.look();
  probe = stalled;
  const [paged] = watch.look();
  const again = watch.look();
  probe = aProbe({ horizon: NOW + lateAfterMs });
  now += 1_000;
  const calm = watch.look();
  now += lateAfterMs;
  const [over] = watch.look();

  expect([before, again, calm]).toEqual([[], [], []]);
  expect(paged).toMatchObject({ label: 'PAGE', tone: 'bad' });
  expect(paged?.detail).toMatch(/nothing gets through: 7 waiting/);
  expect(over).toMatchObject({ label: 'well again', tone: 'good' });
  expect(watch.pages()).toMatchObject([{ since: NOW, until: NOW + 1_000 }]);
});

it('trouble of the monitor itself pages only when it lasts', () => {
  const probe = aProbe({ horizon: NOW - 3_600_000, headAt: null, headWaiting: 0 });
  let now = NOW;
  const watch = createPageWatch({
    ...fakeControl(),
    startedAt: NOW - 7_200_000,
    now: () => now,
    probes: () => [probe],
  });

  const first = watch.look();
  now += 29_000;
  const second = watch.look();
  now += 1_000;
  const [third] = watch.look();

  expect([first, second]).toEqual([[], []]);
  expect(third).toMatchObject({ label: 'PAGE (blind)', tone: 'unknown' });
});
