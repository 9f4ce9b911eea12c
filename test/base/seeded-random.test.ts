import { expect, it } from 'vitest';
import { uniform } from '../../src/base/random.ts';
import { createSeededRandom } from '../../src/base/seeded-random.ts';

it('gives the same bytes for a seed, and others for another', () => {
  const [one, same, other] = [7, 7, 8].map(createSeededRandom);

  expect(one!.bytes(64)).toEqual(same!.bytes(64));
  expect(one!.bytes(64)).not.toEqual(other!.bytes(64));
});

it.each([0, 1, 2 ** 31 - 1])('spreads evenly (seed %i)', (seed) => {
  const random = createSeededRandom(seed);
  const bins = new Array<number>(16).fill(0);
  for (let draw = 0; draw < 16_000; draw += 1) bins[Math.floor(uniform(random) * 16)]! += 1;

  // Chi square with 15 degrees of freedom: 37.7 is exceeded once in a thousand.
  const chi = bins.reduce((sum, count) => sum + (count - 1_000) ** 2 / 1_000, 0);
  expect(chi).toBeLessThan(37.7);
});
