import type { Random } from '../../src/base/random.ts';

/** Chance that repeats: a xorshift32 generator from `seed` (not 0). */
export function createFakeRandom(seed = 1): Random {
  let state = seed >>> 0 || 1;
  return {
    bytes(count) {
      return Uint8Array.from({ length: count }, () => {
        state ^= state << 13;
        state ^= state >>> 17;
        state ^= state << 5;
        state >>>= 0;
        return state & 255;
      });
    },
  };
}
