import { expect, it } from 'vitest';
import { createDemoBooks, truthOf } from '../../src/cli/demo-books.ts';
import { lineOf } from '../../src/cli/demo-story.ts';
import { apply, launchCanary, type Canary, type Fact } from '../../src/domain/canary.ts';
import { effectsOf, LAUNCH_EFFECTS, type LedgerEvent } from '../../src/domain/events.ts';
import type { MailTruth } from '../../src/sandbox/truth.ts';
import { accepted, draft, refused, settled, sighted, START } from '../ledger/support.ts';

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
