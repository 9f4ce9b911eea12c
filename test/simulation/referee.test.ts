import { expect, it } from 'vitest';
import { apply, launchCanary, type Canary, type Fact } from '../../src/domain/canary.ts';
import { effectsOf } from '../../src/domain/events.ts';
import { createTruthLog, type MailTruth } from '../../src/sandbox/truth.ts';
import { createReferee, type Referee } from '../../src/simulation/referee.ts';
import { accepted, draft, settled, sighted, START } from '../ledger/support.ts';

const MINUTE = 60_000;

/** A referee, and a canary that was accepted, with what really became of its mail. */
function match(mail: Partial<MailTruth>): { readonly referee: Referee; readonly canary: Canary } {
  const truth = createTruthLog();
  const referee = createReferee(truth);
  const canary = launchCanary({ ...draft(1), sequence: 1 });
  truth.add({
    ...{ sequence: 1, queueId: 'q', destination: 'helpdesk', server: 'mx', from: 'a', to: 'b' },
    ...{ messageId: `<${canary.launch.token}@example.org>`, subject: '', acceptedAt: START },
    fate: { lost: false, place: 'inbox', delayMs: 0, slow: false, repeatMs: null },
    ...{ state: 'ingested', copies: [] },
    ...mail,
  });
  return { referee, canary: apply(canary, accepted()) };
}

function tell(referee: Referee, canary: Canary, facts: readonly Fact[]): void {
  facts.reduce((before, fact) => {
    const after = apply(before, fact);
    const effects = effectsOf(before, after);
    referee.hear({ position: 1, at: START, launch: before.launch, fact, effects }, after);
    return after;
  }, canary);
}

/** What a referee says of a canary with such a mail, when the monitor learns this of it. */
function judged(facts: readonly Fact[], mail: Partial<MailTruth>): readonly string[] {
  const { referee, canary } = match(mail);
  tell(referee, canary, facts);
  return referee.mistakes.map(({ said, truth }) => `${said}: ${truth}`);
}

function saying(verdict: 'on_time' | 'overdue' | 'misfiled' | 'void'): readonly Fact[] {
  return [{ type: 'settled', settlement: { verdict, at: START, horizon: START } }];
}

function came(afterMs: number, place: 'inbox' | 'spam' = 'inbox'): Partial<MailTruth> {
  return { copies: [{ at: START + afterMs, place, externalId: '1', cause: 'delivery' }] };
}

it.each([
  ['on_time', came(MINUTE)],
  ['overdue', came(11 * MINUTE)],
  ['overdue', { state: 'lost' }],
  ['misfiled', came(MINUTE, 'spam')],
  ['void', came(MINUTE)],
] as const)('%s is right for %o', (verdict, mail) => {
  expect(judged(saying(verdict), mail)).toEqual([]);
});

it.each([
  ['on_time', came(11 * MINUTE), 'on_time: took 660000 ms, to inbox'],
  ['on_time', came(MINUTE, 'spam'), 'on_time: took 60000 ms, to spam'],
  ['on_time', { state: 'lost' }, 'on_time: took Infinity ms, to nowhere'],
  ['overdue', came(9 * MINUTE), 'overdue: took 540000 ms, to inbox'],
  ['misfiled', came(MINUTE), 'misfiled: took 60000 ms, to inbox'],
] as const)('%s is wrong for %o', (verdict, mail, said) => {
  expect(judged(saying(verdict), mail)).toEqual([said]);
});

const OVERDUE = settled('overdue', 11 * MINUTE);
const SEEN = sighted(12 * MINUTE);
const COPIED: Fact = { type: 'copied', at: START + 13 * MINUTE, copies: 2 };

it.each([
  ['was overdue before', [OVERDUE, SEEN]],
  ['was overdue when it was first seen', [SEEN, OVERDUE]],
])('counts a canary as late that %s', (_what, facts) => {
  const { referee, canary } = match(came(12 * MINUTE));

  tell(referee, canary, facts);

  expect(referee.lateness(canary.launch.route.probe)).toEqual({ late: 1, near: 0 });
  expect(referee.mistakes).toEqual([]);
});

it('counts none as late that never came', () => {
  const { referee, canary } = match({ state: 'lost' });

  tell(referee, canary, [OVERDUE]);

  expect(referee.lateness(canary.launch.route.probe)).toEqual({ late: 0, near: 0 });
});

it('lets one pass for on time that was late by less than its latency is exact', () => {
  const { referee, canary } = match(came(10 * MINUTE + 100));

  tell(referee, canary, [sighted(10 * MINUTE + 300), settled('on_time', 10 * MINUTE + 300)]);

  expect(referee.lateness(canary.launch.route.probe)).toEqual({ late: 0, near: 1 });
  expect(referee.mistakes).toEqual([]);
});

it('knows what cannot have come late, or twice', () => {
  expect(judged([OVERDUE, SEEN], came(9 * MINUTE))).toEqual([
    'overdue: took 540000 ms, to inbox',
    'recovered: took 540000 ms, to inbox',
  ]);
  expect(judged([SEEN, COPIED], came(9 * MINUTE))).toEqual(['duplicated: came once']);
});
