import { createHash } from 'node:crypto';
import { uniform, type Random } from '../base/random.ts';
import type { Delay } from './config.ts';

/** The 99th percentile of the standard normal distribution. */
const Z99 = 2.326_347_874;

/** Whether something that happens to `share` of all happens this time. */
export function happens(share: number, random: Random): boolean {
  return uniform(random) < share;
}

/** Draws a delay, in whole milliseconds. */
export function drawDelay(delay: Delay, random: Random): number {
  switch (delay.type) {
    case 'fixed':
      return delay.ms;
    case 'uniform':
      return Math.round(delay.fromMs + (delay.toMs - delay.fromMs) * uniform(random));
    case 'lognormal': {
      const sigma = Math.log(delay.p99Ms / delay.medianMs) / Z99;
      return Math.round(delay.medianMs * Math.exp(sigma * drawNormal(random)));
    }
    case 'bimodal':
      return drawDelay(happens(delay.share, random) ? delay.slow : delay.fast, random);
  }
}

/** Box and Muller's transform of two uniform numbers. */
function drawNormal(random: Random): number {
  const radius = Math.sqrt(-2 * Math.log(1 - uniform(random)));
  return radius * Math.cos(2 * Math.PI * uniform(random));
}

/**
 * Chance of its own, grown from one draw: what one part of the sandbox draws
 * then depends on its own history only, and a seed gives the same fates however
 * the requests of others interleave.
 */
export function forkRandom(random: Random): Random {
  const seed = random.bytes(32);
  let block = new Uint8Array(0);
  let count = 0;
  return {
    bytes(length) {
      const out = new Uint8Array(length);
      for (let filled = 0; filled < length;) {
        if (block.length === 0) {
          count += 1;
          block = Uint8Array.from(createHash('sha256').update(seed).update(`${count}`).digest());
        }
        const piece = block.subarray(0, length - filled);
        out.set(piece, filled);
        block = block.subarray(piece.length);
        filled += piece.length;
      }
      return out;
    },
  };
}
