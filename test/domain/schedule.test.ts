import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { nextTick, phaseOf, ticksBetween, type Cadence } from '../../src/domain/schedule.ts';

const MINUTE = 60_000;
const MIDNIGHT = Date.UTC(2026, 10, 24);

const everyMs = fc.integer({ min: 1_000, max: 7 * 86_400_000 });
const cadence = fc
  .tuple(everyMs, fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }))
  .map(([every, share]): Cadence => ({ everyMs: every, phaseMs: Math.floor(every * share) }));
/** With microseconds in the fraction, as the steady clock gives them. */
const instant = fc.integer({ min: 0, max: 4_102_444_800_000_000 }).map((micros) => micros / 1_000);

describe('phaseOf', () => {
  test('lies in the interval, is whole, and is the same every time', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), everyMs, (probe, vantage, every) => {
        const phase = phaseOf(probe, vantage, every);

        expect(Number.isInteger(phase)).toBe(true);
        expect(phase).toBeGreaterThanOrEqual(0);
        expect(phase).toBeLessThan(every);
        expect(phaseOf(probe, vantage, every)).toBe(phase);
      }),
    );
  });

  test('does not change from release to release: replicas of two versions agree', () => {
    expect(phaseOf('support', 'default', MINUTE)).toBe(47_641);
  });

  test('differs between vantages, and where the two names are cut differently', () => {
    const phases = [
      phaseOf('ab', 'c', 86_400_000),
      phaseOf('a', 'bc', 86_400_000),
      phaseOf('c', 'ab', 86_400_000),
    ];

    expect(new Set(phases).size).toBe(3);
  });

  test('a thousand probes are spread evenly over their minute, whatever their names are', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 12 }), (prefix) => {
        const names = Array.from({ length: 1_000 }, (_, index) => `${prefix}${index}`);
        const phases = names.map((name) => phaseOf(name, 'default', MINUTE)).sort((a, b) => a - b);
        const perSecond = Array.from({ length: 60 }, () => 0);
        for (const phase of phases) perSecond[Math.floor(phase / 1_000)]! += 1;

        // Kolmogorov-Smirnov distance; more than 0.09 happens once in 5 million fair draws
        const distance = Math.max(
          ...phases.map((phase, index) => Math.abs((index + 0.5) / 1_000 - phase / MINUTE)),
        );
        expect(distance).toBeLessThan(0.09);
        // 17 a second on average; a herd would be hundreds
        expect(Math.max(...perSecond)).toBeLessThan(50);
        expect(Math.min(...perSecond)).toBeGreaterThan(0);
      }),
      { numRuns: 20, seed: 1 },
    );
  });
});

describe('nextTick', () => {
  test.each([
    ['just before a tick', MIDNIGHT + 6_999.999, MIDNIGHT + 7_000],
    ['at a tick: the one after it', MIDNIGHT + 7_000, MIDNIGHT + 67_000],
    ['just behind it', MIDNIGHT + 7_000.001, MIDNIGHT + 67_000],
    ['before the epoch', -1, 7_000],
    ['long before the epoch', -MINUTE, -53_000],
  ])('%s', (_name, after, expected) => {
    expect(nextTick({ everyMs: MINUTE, phaseMs: 7_000 }, after)).toBe(expected);
  });

  test('is the first point of the epoch grid after the instant', () => {
    fc.assert(
      fc.property(cadence, instant, (grid, after) => {
        const tick = nextTick(grid, after);

        expect(tick).toBeGreaterThan(after);
        expect(tick - after).toBeLessThanOrEqual(grid.everyMs);
        expect((tick - grid.phaseMs) % grid.everyMs).toBe(0);
      }),
    );
  });
});

describe('ticksBetween', () => {
  const grid: Cadence = { everyMs: MINUTE, phaseMs: 7_000 };

  test('lists what was missed, the last instant included and the first not', () => {
    const missed = [...ticksBetween(grid, MIDNIGHT + 7_000, MIDNIGHT + 187_000)];

    expect(missed).toEqual([MIDNIGHT + 67_000, MIDNIGHT + 127_000, MIDNIGHT + 187_000]);
  });

  test('is empty within an interval, and where time went back', () => {
    expect([...ticksBetween(grid, MIDNIGHT + 7_000, MIDNIGHT + 66_999)]).toEqual([]);
    expect([...ticksBetween(grid, MIDNIGHT + MINUTE, MIDNIGHT)]).toEqual([]);
  });

  test('makes no list of a year asleep when only the first is asked for', () => {
    const first = ticksBetween({ everyMs: 1, phaseMs: 0 }, 0, MIDNIGHT).next();

    expect(first.value).toBe(1);
  });

  test('two neighbouring spans have the ticks of the span of both', () => {
    const length = fc.integer({ min: 0, max: 10 * MINUTE });

    fc.assert(
      fc.property(cadence, instant, fc.tuple(length, length), (c, start, [one, two]) => {
        const both = [...ticksBetween(c, start, start + one + two)];
        const split = [
          ...ticksBetween(c, start, start + one),
          ...ticksBetween(c, start + one, start + one + two),
        ];

        expect(split).toEqual(both);
      }),
    );
  });
});
