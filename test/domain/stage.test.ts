import { describe, expect, it } from 'vitest';
import { apply, launchCanary, type Canary, type Fact } from '../../src/domain/canary.ts';
import { effectsOf } from '../../src/domain/events.ts';
import { chainOf, isExpectedAt, stageLatency, stuckAfter } from '../../src/domain/stage.ts';
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
    const horizon = T0 + 10 * MINUTE + 5 * SECOND;

    expect(stuckAfter(stuck, horizon)).toBe('mailbox');
    expect(stuckAfter(knowing(accepted, settled), horizon)).toBeUndefined();
    expect(stuckAfter(knowing(accepted, passedAt(T0)), horizon)).toBeUndefined();
    const late = apply(stuck, { type: 'sighted', sighting: sightingAt(T0 + 20 * MINUTE) });
    expect(stuckAfter(late, T0 + 20 * MINUTE)).toBeUndefined();
  });

  it('is not blamed for the time before it: what came late has a whole deadline behind it, too', () => {
    const held = knowing(accepted, passedAt(T0 + 9 * MINUTE), settled);

    expect(stuckAfter(held, T0 + 19 * MINUTE - 1)).toBeUndefined();
    expect(stuckAfter(held, T0 + 19 * MINUTE)).toBe('mailbox');
    expect(stuckAfter(held, null)).toBeUndefined();
  });

  it('of several: the last one that saw it', () => {
    const front = ['mailbox', 'gateway', 'archive'];
    const longer = launchCanary(aLaunch({ route: { ...ROUTE, front }, launchedAt: T0 - SECOND }));
    const facts = [accepted, settled, passedAt(T0, 'gateway'), passedAt(T0, 'mailbox')];

    expect(stuckAfter(facts.reduce(apply, longer), T0 + 10 * MINUTE)).toBe('gateway');
  });

  it('saw it on a clock that was set forward since: the step is no time that passed', () => {
    const step: Fact = { type: 'clock_set', step: { at: T0 + MINUTE, byMs: 60 * MINUTE } };
    const moved = knowing(accepted, passedAt(T0), settled, step);

    expect(stuckAfter(moved, T0 + 70 * MINUTE - 1)).toBeUndefined();
    expect(stuckAfter(moved, T0 + 70 * MINUTE)).toBe('mailbox');
  });
});
