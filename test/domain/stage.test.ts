import { describe, expect, it } from 'vitest';
import { apply, launchCanary, type Canary, type Fact } from '../../src/domain/canary.ts';
import { effectsOf } from '../../src/domain/events.ts';
import { chainOf, isExpectedAt, isStuckAfter, stageLatency } from '../../src/domain/stage.ts';
import { queueOf } from '../../src/domain/series.ts';
import { judge } from '../../src/domain/verdict.ts';
import { aLaunch, MINUTE, ROUTE, SECOND, T0 } from './samples.ts';

const route = { ...ROUTE, front: ['mailbox'] };
const launched = launchCanary(aLaunch({ route, launchedAt: T0 - SECOND }));

const accepted: Fact = {
  type: 'accepted',
  acceptance: { at: { low: T0 - 100, high: T0 }, queueId: null, serverMessageId: null },
};
const sightingAt = (at: number) => ({
  externalId: '1',
  place: 'inbox' as const,
  ingested: { low: at - SECOND, high: at },
  seenAt: at,
  stamp: null,
  hops: [],
  foreignMessageId: null,
});
const passedAt = (at: number, observer = 'mailbox'): Fact => ({
  type: 'passed',
  passage: { observer, sighting: sightingAt(at) },
});
const settled: Fact = {
  type: 'settled',
  settlement: { verdict: 'overdue', at: T0 + 10 * MINUTE, horizon: T0 + 10 * MINUTE },
};
const knowing = (...facts: readonly Fact[]): Canary => facts.reduce(apply, launched);

describe('an observer in front of the deciding one', () => {
  it('stands before it in the chain, and is looked at until it has seen the canary', () => {
    expect(chainOf(route)).toEqual(['mailbox', 'helpdesk']);
    expect(isExpectedAt(launched, 'mailbox')).toBe(true);
    expect(isExpectedAt(knowing(passedAt(T0)), 'mailbox')).toBe(false);
    expect(isExpectedAt(knowing(passedAt(T0)), 'helpdesk')).toBe(true);
    expect(isExpectedAt(launched, 'another')).toBe(false);
  });

  it('is no arrival: the canary is judged as if it had seen nothing (semantics B1)', () => {
    const outlook = { now: T0 + 11 * MINUTE, horizon: T0 + 11 * MINUTE };
    const [unseen, passed] = [knowing(accepted), knowing(accepted, passedAt(T0 + 5 * SECOND))];

    expect(judge(passed, outlook)).toEqual(judge(unseen, outlook));
    const view = { newest: undefined, horizon: outlook.horizon, intervalMs: MINUTE };
    expect(queueOf({ ...view, open: [passed] })).toMatchObject({ head: passed, headWaiting: 1 });
  });

  it('tells its latency once, as soon as the acceptance is known too', () => {
    const [early, both] = [
      knowing(passedAt(T0 + 5 * SECOND)),
      knowing(passedAt(T0 + 5 * SECOND), accepted),
    ];
    const again = apply(both, passedAt(T0 + 4 * SECOND));

    expect(effectsOf(launched, early)).toEqual([]);
    expect(effectsOf(early, both)).toContainEqual({
      type: 'passed',
      observer: 'mailbox',
      latency: { low: 4 * SECOND, high: 5 * SECOND + 100 },
    });
    expect(effectsOf(both, again).filter(({ type }) => type === 'passed')).toEqual([]);
    expect(stageLatency(again, again.passages[0]!)?.high).toBe(4 * SECOND + 100);
  });

  it('has let through what is overdue and missing behind it, until that arrives', () => {
    const stuck = knowing(accepted, passedAt(T0 + 5 * SECOND), settled);

    expect(isStuckAfter(stuck, 'mailbox')).toBe(true);
    expect(isStuckAfter(knowing(accepted, settled), 'mailbox')).toBe(false);
    expect(isStuckAfter(knowing(accepted, passedAt(T0)), 'mailbox')).toBe(false);
    const late = apply(stuck, { type: 'sighted', sighting: sightingAt(T0 + 20 * MINUTE) });
    expect(isStuckAfter(late, 'mailbox')).toBe(false);
  });
});
