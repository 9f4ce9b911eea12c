import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  bracket,
  halfWidth,
  isPrecise,
  latencyBetween,
  midpoint,
  type Interval,
} from '../../src/domain/latency.ts';
import { clockOffset, narrow, PROOF_COUNT, type StampProof } from '../../src/domain/stamp.ts';
import { MINUTE, SECOND, span, T0 } from './samples.ts';

/** What really happened, which nobody knows, and what could be seen of it. */
interface Story {
  readonly launchedAt: number;
  readonly accepted: Interval;
  /** The instant within it at which the mail system took the mail. */
  readonly taken: number;
  readonly ingested: number;
  readonly looks: readonly {
    readonly start: number;
    readonly end: number;
    readonly isPositive: boolean;
  }[];
  readonly indexLag: number;
  readonly stamp: { readonly at: number; readonly quantumMs: number; readonly source: string };
  /** Replies of the helpdesk's server with its own time. */
  readonly offset: Interval | undefined;
}

const ms = (max: number): fc.Arbitrary<number> => fc.double({ min: 0, max, noNaN: true });
const aLook = fc.record({ gap: ms(MINUTE), length: ms(5 * SECOND), luck: fc.boolean() });
const aStory: fc.Arbitrary<Story> = fc
  .record({
    dialogue: ms(20 * SECOND),
    taken: fc.double({ min: 0, max: 1, noNaN: true }),
    delay: ms(20 * MINUTE),
    indexLag: ms(MINUTE),
    lagShare: fc.double({ min: 0, max: 1, noNaN: true }),
    looks: fc.array(aLook, { minLength: 1, maxLength: 20 }),
    offset: fc.double({ min: -90 * SECOND, max: 90 * SECOND, noNaN: true }),
    quantumMs: fc.constantFrom(1, 1_000, 60_000),
    replies: fc.array(fc.tuple(ms(30 * MINUTE), ms(SECOND), ms(SECOND)), { maxLength: 10 }),
  })
  .map(tell);

function tell(plan: {
  dialogue: number;
  taken: number;
  delay: number;
  indexLag: number;
  lagShare: number;
  looks: readonly { gap: number; length: number; luck: boolean }[];
  offset: number;
  quantumMs: number;
  replies: readonly (readonly [number, number, number])[];
}): Story {
  const accepted = span(T0, T0 + plan.dialogue);
  const taken = T0 + plan.dialogue * plan.taken;
  const ingested = taken + plan.delay;
  const visible = ingested + plan.indexLag * plan.lagShare;
  let clock = T0 - MINUTE;
  const looks = plan.looks.map(({ gap, length, luck }) => {
    const start = clock + gap;
    clock = start + length;
    // what becomes visible while a look runs may be in it or not
    return { start, end: clock, isPositive: visible <= start || (visible <= clock && luck) };
  });
  const last = Math.max(clock, visible);
  const cut = (instant: number, quantum: number): number => Math.floor(instant / quantum) * quantum;
  return {
    launchedAt: T0 - SECOND,
    accepted,
    taken,
    ingested,
    looks: [...looks, { start: last, end: last + SECOND, isPositive: true }],
    indexLag: plan.indexLag,
    stamp: {
      at: cut(ingested + plan.offset, plan.quantumMs),
      quantumMs: plan.quantumMs,
      source: 'created_at',
    },
    offset: clockOffset(
      plan.replies.map(([at, there, back]) => ({
        date: cut(T0 + at + there + plan.offset, 1_000),
        requestedAt: T0 + at,
        receivedAt: T0 + at + there + back,
        ageSeconds: 0,
      })),
    ),
  };
}

function bracketOf(story: Story): Interval {
  const first = story.looks.findIndex((look) => look.isPositive);
  const negative = story.looks.slice(0, first);
  const horizon = negative.at(-1)?.start;
  return bracket({
    horizon: horizon === undefined ? horizon : horizon - story.indexLag,
    lookEnd: story.looks[first]!.end,
    notBefore: story.launchedAt,
  });
}

/** Whether it lies within, but for the rounding of doubles at epoch milliseconds. */
function covers(interval: Interval, value: number): boolean {
  return interval.low <= value + 0.01 && value - 0.01 <= interval.high;
}

describe('the truth is always covered', () => {
  test('by the bracket of looks, and the latency by its interval', () => {
    fc.assert(
      fc.property(aStory, (story) => {
        const ingested = bracketOf(story);
        const latency = latencyBetween(story.accepted, ingested);

        expect(covers(ingested, story.ingested)).toBe(true);
        expect(covers(latency, story.ingested - story.taken)).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  test('also when a proven stamp of a foreign clock narrows it', () => {
    const proof: StampProof = { source: 'created_at', agreed: PROOF_COUNT };

    fc.assert(
      fc.property(aStory, (story) => {
        const looked = bracketOf(story);
        const evidence = {
          bracket: looked,
          stamp: story.stamp,
          offset: story.offset,
          mailDates: [],
        };

        const { ingested, conflict } = narrow(evidence, proof);

        expect(conflict).toBe(false);
        expect(covers(ingested, story.ingested)).toBe(true);
        expect(halfWidth(ingested)).toBeLessThanOrEqual(halfWidth(looked));
      }),
      { numRuns: 300 },
    );
  });
});

describe('bracket', () => {
  test.each([
    ['from the horizon to the end of the look', T0 + 10, T0 + 30, span(T0 + 10, T0 + 30)],
    ['not from before it was sent', T0 - 10, T0 + 30, span(T0, T0 + 30)],
    ['without any look before: from when it was sent', undefined, T0 + 30, span(T0, T0 + 30)],
    [
      'a horizon beyond the look (another replica): no wider than a point',
      T0 + 40,
      T0 + 30,
      span(T0 + 30),
    ],
  ])('%s', (...[, horizon, lookEnd, expected]) => {
    expect(bracket({ horizon, lookEnd, notBefore: T0 })).toEqual(expected);
  });
});

describe('latencyBetween', () => {
  test.each([
    ['both known to the point', span(0), span(5_000), span(5_000)],
    ['both widths count', span(0, 200), span(5_000, 6_000), span(4_800, 6_000)],
    ['never below nothing', span(0, 200), span(100, 300), span(0, 300)],
    [
      'clocks that disagree: nothing, rather than negative',
      span(1_000, 1_200),
      span(0, 500),
      span(0),
    ],
  ])('%s', (...[, accepted, ingested, expected]) => {
    expect(latencyBetween(accepted, ingested)).toEqual(expected);
  });

  test('midpoint and half-width are what is reported', () => {
    expect(midpoint(span(4_800, 6_000))).toBe(5_400);
    expect(halfWidth(span(4_800, 6_000))).toBe(600);
  });
});

describe('isPrecise', () => {
  test.each([
    ['half-width 5 s', span(0, 10_000), true],
    ['a little more', span(0, 10_002), false],
    ['10 % of ten minutes', span(540_000, 660_000), true],
    ['a little more', span(539_998, 660_002), false],
  ])('%s', (_name, latency, expected) => {
    expect(isPrecise(latency)).toBe(expected);
  });
});
