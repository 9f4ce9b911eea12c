import fc from 'fast-check';
import { expect, test } from 'vitest';
import { backoffMs } from '../../src/base/backoff.ts';
import type { Random } from '../../src/base/random.ts';
import { createFakeRandom } from '../support/fake-random.ts';

const LIMITS = { firstMs: 1_000, maxMs: 60_000 };
/** Chance that always says the same. */
const always = (byte: number): Random => ({ bytes: (count) => new Uint8Array(count).fill(byte) });

test.each([
  [0, 1_000],
  [1, 1_000],
  [2, 2_000],
  [3, 4_000],
  [6, 32_000],
  [7, 60_000],
  [1_000_000, 60_000],
])('after %d failures it waits %d ms at most', (failures, expected) => {
  expect(backoffMs(failures, LIMITS, always(0))).toBe(expected);
});

test('up to a quarter is taken off by chance', () => {
  expect(backoffMs(3, LIMITS, always(255))).toBeCloseTo(3_000, 3);
});

test('it stays within its limits, whatever chance says', () => {
  fc.assert(
    fc.property(fc.nat(), fc.integer({ min: 1 }), (failures, seed) => {
      const wait = backoffMs(failures, LIMITS, createFakeRandom(seed));

      expect(wait).toBeGreaterThan(750);
      expect(wait).toBeLessThanOrEqual(60_000);
    }),
  );
});

test('clients that failed together do not come back together', () => {
  const waits = Array.from({ length: 100 }, (_, index) =>
    Math.round(backoffMs(5, LIMITS, createFakeRandom(index + 1))),
  );

  expect(new Set(waits).size).toBeGreaterThan(95);
});
