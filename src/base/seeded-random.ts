import type { Random } from './random.ts';

/**
 * Chance that repeats: the same bytes for the same seed. sfc32 (PractRand's small fast counter), good enough for
 * simulation and for nothing secret.
 */
export function createSeededRandom(seed: number): Random {
  let [a, b, c, counter] = [0x9e37_79b9, 0x243f_6a88, seed | 0, 1];
  const next = (): number => {
    const sum = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return sum;
  };
  for (let round = 0; round < 12; round += 1) next(); // until the seed is everywhere
  return {
    bytes(count) {
      const bytes = new Uint8Array(count);
      let word = 0;
      for (let index = 0; index < count; index += 1) {
        word = index % 4 === 0 ? next() : word >>> 8;
        bytes[index] = word & 255;
      }
      return bytes;
    },
  };
}
