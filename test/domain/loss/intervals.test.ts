import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { betaQuantile, incompleteBeta } from '../../../src/domain/loss/beta.ts';
import {
  clopperPearson,
  jeffreys,
  wilson,
  type Bounds,
  type Share,
} from '../../../src/domain/loss/intervals.ts';

const digits = ({ lower, upper }: Bounds, count: number): readonly number[] =>
  [lower, upper].map((bound) => Number(bound.toFixed(count)));

/** Newcombe: Two-sided confidence intervals for the single proportion, Statistics in Medicine 17 (1998), table I. */
const NEWCOMBE: readonly [share: Share, exact: number[], score: number[]][] = [
  [{ count: 81, of: 263 }, [0.2527, 0.3676], [0.2553, 0.3662]],
  [{ count: 15, of: 148 }, [0.0578, 0.1617], [0.0624, 0.1605]],
  [{ count: 0, of: 20 }, [0, 0.1684], [0, 0.1611]],
  [{ count: 1, of: 29 }, [0.0009, 0.1776], [0.0061, 0.1718]],
];

/** Example output of `binom.jeffreys` in the manual of the R package RSurveillance 0.2.1 (CRAN). */
const RSURVEILLANCE: readonly [count: number, of: number, bounds: number[]][] = [
  [25, 200, [0.084_627_43, 0.176_126]],
  [10, 200, [0.025_993_4, 0.086_875_09]],
  [20, 200, [0.064_166_42, 0.147_298_62]],
  [50, 200, [0.193_872_68, 0.313_302_66]],
  [80, 200, [0.333_939_64, 0.468_931_29]],
];

describe('intervals of 95 %', () => {
  it.each(NEWCOMBE)('of %o are those of Newcombe', (share, exact, score) => {
    expect(digits(clopperPearson(share), 4)).toEqual(exact);
    expect(digits(wilson(share), 4)).toEqual(score);
  });

  it.each(RSURVEILLANCE)(
    'of %i of %i by Jeffreys are those of RSurveillance',
    (count, of, bounds) => {
      const { lower, upper } = jeffreys({ count, of });

      expect(lower).toBeCloseTo(bounds[0]!, 7);
      expect(upper).toBeCloseTo(bounds[1]!, 7);
    },
  );

  it('by Jeffreys begin at 0 where there is none, end at 1 where there are all, and say nothing of nothing', () => {
    const upperOfNone = 0.010_401_054_247;

    expect(jeffreys({ count: 0, of: 240 }).lower).toBe(0);
    expect(jeffreys({ count: 0, of: 240 }).upper).toBeCloseTo(upperOfNone, 11);
    expect(jeffreys({ count: 240, of: 240 }).upper).toBe(1);
    expect(jeffreys({ count: 240, of: 240 }).lower).toBeCloseTo(1 - upperOfNone, 11);
    expect(jeffreys({ count: 0, of: 0 })).toEqual({ lower: 0, upper: 1 });
    expect(wilson({ count: 0, of: 0 })).toEqual({ lower: 0, upper: 1 });
  });

  it('by Jeffreys lie within those by Clopper and Pearson, around the share', () => {
    const aShare: fc.Arbitrary<Share> = fc
      .integer({ min: 1, max: 3_000 })
      .chain((of) => fc.record({ count: fc.integer({ min: 0, max: of }), of: fc.constant(of) }));

    fc.assert(
      fc.property(aShare, (share) => {
        const [narrow, wide] = [jeffreys(share), clopperPearson(share)];
        const ratio = share.count / share.of;

        expect(wide.lower).toBeLessThanOrEqual(narrow.lower);
        expect(narrow.lower).toBeLessThanOrEqual(ratio);
        expect(ratio).toBeLessThanOrEqual(narrow.upper);
        expect(narrow.upper).toBeLessThanOrEqual(wide.upper);
      }),
      { numRuns: 200 },
    );
  });

  it('by Clopper and Pearson cover each share at least as often as they say, by the binomial distribution itself', () => {
    const of = 60;
    for (const ratio of [0.001, 0.01, 0.05, 0.2, 0.5]) {
      let covered = 0;
      let weight = (1 - ratio) ** of;
      for (let count = 0; count <= of; count += 1) {
        const { lower, upper } = clopperPearson({ count, of });
        if (lower <= ratio && ratio <= upper) covered += weight;
        weight *= ((of - count) / (count + 1)) * (ratio / (1 - ratio));
      }
      expect(covered).toBeGreaterThanOrEqual(0.95);
    }
  });
});

describe('the incomplete beta function', () => {
  it('is the sum of binomial weights where its parameters are whole', () => {
    // I_x(a, b) = P(at least a of a + b - 1), here 3 of 10 at 0.3 (Abramowitz and Stegun 26.5.24).
    const below = [0, 1, 2].map((k) => [1, 10, 45][k]! * 0.3 ** k * 0.7 ** (10 - k));

    expect(incompleteBeta(0.3, 3, 8)).toBeCloseTo(1 - below.reduce((a, b) => a + b), 13);
  });

  it('is the arc sine law at one half each', () => {
    for (const x of [0.01, 0.3, 0.5, 0.99]) {
      expect(incompleteBeta(x, 0.5, 0.5)).toBeCloseTo((2 / Math.PI) * Math.asin(Math.sqrt(x)), 13);
    }
  });

  it('is turned round by its quantile, also for millions of canaries', () => {
    const aParameter = fc.oneof(
      fc.double({ min: 0.5, max: 50, noNaN: true }),
      fc.double({ min: 50, max: 3e6, noNaN: true }),
    );

    fc.assert(
      fc.property(
        aParameter,
        aParameter,
        fc.constantFrom(0.005, 0.025, 0.5, 0.975, 0.995),
        (a, b, share) => {
          expect(incompleteBeta(betaQuantile(share, a, b), a, b)).toBeCloseTo(share, 6);
        },
      ),
      { numRuns: 60 },
    );
  });
});
