import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Instant } from '../../src/base/clock.ts';
import { apply, launchCanary, type Canary, type Fact } from '../../src/domain/canary.ts';
import { judge } from '../../src/domain/verdict.ts';
import { Docket, type Decider, type Times } from '../../src/engine/docket.ts';
import { testLaunch } from '../support/test-launch.ts';

const START = Date.UTC(2026, 0, 5, 9, 0, 0);
const SECOND = 1_000;
const POLICY = {
  suspectAfterMs: 3 * SECOND,
  lateAfterMs: 10 * SECOND,
  lostAfterMs: 60 * SECOND,
  forgetAfterMs: 90 * SECOND,
};

const acceptedAt = (at: Instant): Fact => ({
  type: 'accepted',
  acceptance: { at: { low: at, high: at }, queueId: null, serverMessageId: null },
});
const doubtedAt = (at: Instant): Fact => ({
  type: 'doubted',
  doubt: { at: { low: at, high: at }, reason: 'timeout', detail: '' },
});

/** Of two observers, launched within 20 s; some accepted, some in doubt, some unanswered. */
const someCanaries = fc.array(
  fc.record({
    afterMs: fc.integer({ min: 0, max: 20 * SECOND }),
    observer: fc.constantFrom('one', 'two'),
    /** Where `one` looks now, or where it looked before: nobody looks there any more. */
    isElsewhere: fc.boolean(),
    answer: fc.constantFrom('accepted', 'doubted', 'none'),
  }),
  { minLength: 1, maxLength: 12 },
);

/** How far the clock and the horizons go on in each step. */
const someSteps = fc.array(
  fc.record({
    clockMs: fc.integer({ min: 0, max: 15 * SECOND }),
    one: fc.option(fc.integer({ min: 0, max: 15 * SECOND })),
    two: fc.option(fc.integer({ min: 0, max: 15 * SECOND })),
  }),
  { minLength: 1, maxLength: 40 },
);

function canariesOf(shapes: typeof someCanaries extends fc.Arbitrary<infer T> ? T : never) {
  return shapes.map(({ afterMs, observer, isElsewhere, answer }, index) => {
    const launchedAt = START + afterMs;
    const route = isElsewhere ? { observer, site: 'old' } : { observer };
    const launch = testLaunch({ launchedAt, route, policy: POLICY, sequence: index });
    const canary = launchCanary(launch);
    if (answer === 'none') return canary;
    return apply(canary, answer === 'accepted' ? acceptedAt(launchedAt) : doubtedAt(launchedAt));
  });
}

describe('docket', () => {
  it('hands out every canary about which there is something to say, and none for ever', () => {
    fc.assert(
      fc.property(
        someCanaries,
        someSteps,
        fc.integer({ min: 1, max: 4 }),
        (shapes, steps, limit) => {
          const docket = new Docket();
          const canaries = new Map<string, Canary>();
          for (const canary of canariesOf(shapes)) {
            canaries.set(canary.launch.id, canary);
            docket.add(canary);
          }
          const horizons = new Map<string, Instant>();
          const times = {
            now: START + 20 * SECOND,
            horizonOf: ({ observer, site }: Decider) =>
              site === undefined ? horizons.get(observer) : undefined,
          };
          let taken = 0;
          for (const { clockMs, one, two } of steps) {
            times.now += clockMs;
            if (one !== null)
              horizons.set('one', Math.min(times.now, (horizons.get('one') ?? START) + one));
            if (two !== null)
              horizons.set('two', Math.min(times.now, (horizons.get('two') ?? START) + two));
            taken += settleAll({ docket, canaries, times, limit });
            const forgotten = [...canaries.values()].filter(
              (canary) => factsOf(canary, times).length > 0,
            );
            expect(forgotten).toEqual([]);
          }
          // Each by its first news, four deadlines by the clock, four by the horizon, and the news of each of four facts.
          expect(taken).toBeLessThanOrEqual(canaries.size * 13);
        },
      ),
    );
  });

  it('tells the earliest deadline of the clock, and of a horizon', () => {
    const docket = new Docket();
    const [canary] = canariesOf([
      { afterMs: 0, observer: 'one', isElsewhere: false, answer: 'accepted' },
    ]);
    expect(docket.hasNews()).toBe(false);
    docket.add(canary!);
    expect(docket.hasNews()).toBe(true);

    docket.take({ now: START + 4 * SECOND, horizonOf: () => undefined }, 10);

    expect(docket.hasNews()).toBe(false);
    expect(docket.nextByClock()).toBe(START + POLICY.lateAfterMs);
    expect(docket.nextByHorizon()).toBe(START + POLICY.suspectAfterMs);
  });
});

interface Bench {
  readonly docket: Docket;
  readonly canaries: Map<string, Canary>;
  readonly times: Times;
  readonly limit: number;
}

/** As the loop does, until nothing is due; answers how many were handed out. */
function settleAll({ docket, canaries, times, limit }: Bench): number {
  for (let count = 0; ;) {
    const due = docket.take(times, limit);
    if (due.length === 0) return count;
    count += due.length;
    expect(due.length).toBeLessThanOrEqual(limit);
    for (const canary of due) {
      const { id } = canary.launch;
      expect(canary).toBe(canaries.get(id));
      const facts = factsOf(canary, times);
      if (facts.length === 0) continue;
      const next = facts.reduce(apply, canary);
      canaries.set(id, next);
      docket.add(next);
    }
  }
}

function factsOf(canary: Canary, { now, horizonOf }: Times): readonly Fact[] {
  return judge(canary, { now, horizon: horizonOf(canary.launch.route) });
}
