import { expect, test } from 'vitest';
import { collectorOf, runDay } from './day-run.ts';

test('three simulated hours of ten probes: the heap stays, and nothing is left open', async () => {
  const plan = { probes: 10, hours: 3, everyMs: 60_000, measureAt: [1, 3], seed: 1 };

  const { heap, canaries, left } = await runDay(plan, collectorOf());

  expect(canaries).toBeGreaterThan(1_500);
  expect(left).toEqual([]);
  // Small heaps are noisy: the whole day at a hundred probes is `npm run soak:day`.
  expect((heap.get(3) ?? Infinity) / (heap.get(1) ?? 0)).toBeLessThan(1.1);
});
