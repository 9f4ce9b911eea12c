import { expect, it } from 'vitest';
import { apply, launchCanary, type Canary, type Fact } from '../../src/domain/canary.ts';
import { effectsOf } from '../../src/domain/events.ts';
import { createTruthLog, type MailTruth } from '../../src/sandbox/truth.ts';
import { createReferee } from '../../src/simulation/referee.ts';
import { accepted, draft, START } from '../ledger/support.ts';

const MINUTE = 60_000;

/** A canary that the monitor settles, and what really became of its mail. */
function judged(verdict: 'on_time' | 'overdue' | 'misfiled' | 'void', mail: Partial<MailTruth>) {
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
  tell(referee, apply(canary, accepted()), {
    type: 'settled',
    settlement: { verdict, at: START, horizon: START },
  });
  return referee.mistakes.map(({ said, truth: told }) => `${said}: ${told}`);
}

function tell(referee: ReturnType<typeof createReferee>, before: Canary, fact: Fact): void {
  const after = apply(before, fact);
  const effects = effectsOf(before, after);
  referee.hear({ position: 1, at: START, launch: before.launch, fact, effects }, after);
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
  expect(judged(verdict, mail)).toEqual([]);
});

it.each([
  ['on_time', came(11 * MINUTE), 'on_time: took 660000 ms, to inbox'],
  ['on_time', came(MINUTE, 'spam'), 'on_time: took 60000 ms, to spam'],
  ['on_time', { state: 'lost' }, 'on_time: took Infinity ms, to nowhere'],
  ['overdue', came(9 * MINUTE), 'overdue: took 540000 ms, to inbox'],
  ['misfiled', came(MINUTE), 'misfiled: took 60000 ms, to inbox'],
] as const)('%s is wrong for %o', (verdict, mail, said) => {
  expect(judged(verdict, mail)).toEqual([said]);
});
