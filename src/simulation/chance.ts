import type { Instant } from '../base/clock.ts';
import type { Random } from '../base/random.ts';
import { createSeededRandom } from '../base/seeded-random.ts';

/**
 * Chance by what it is drawn for and when that was written: the fate of a mail does not depend on what went before, so
 * a part of a run can be played alone and meets what the whole run meets then.
 */
export interface Chance {
  of(what: string, at: Instant): Random;
}

/** Takes the seed of all of it from `random`, once. */
export function createChance(random: Random): Chance {
  const [a = 0, b = 0, c = 0, d = 0] = random.bytes(4);
  const seed = (a << 24) | (b << 16) | (c << 8) | d;
  const places = new Map<string, number>();

  function placeOf(what: string): number {
    let place = places.get(what);
    if (place === undefined) {
      place = Buffer.from(what).reduce(mix, seed);
      places.set(what, place);
    }
    return place;
  }

  return {
    of: (what, at) =>
      createSeededRandom(mix(mix(placeOf(what), Math.floor(at / WORD)), Math.floor(at % WORD))),
  };
}

const WORD = 2 ** 32;

/** One round of MurmurHash3 (A. Appleby, public domain), and its end. */
function mix(hash: number, word: number): number {
  let key = Math.imul(word, 0xcc9e_2d51);
  key = Math.imul((key << 15) | (key >>> 17), 0x1b87_3593);
  let next = hash ^ key;
  next = (Math.imul((next << 13) | (next >>> 19), 5) + 0xe654_6b64) | 0;
  next = Math.imul(next ^ (next >>> 16), 0x85eb_ca6b);
  return next ^ (next >>> 13);
}

/** Chance that is another one from mail to mail: for what takes it once and draws for one after the other. */
export interface TurningRandom extends Random {
  turn(to: Random): void;
}

export function createTurningRandom(first: Random): TurningRandom {
  let current = first;
  return {
    bytes: (count) => current.bytes(count),
    turn(to) {
      current = to;
    },
  };
}
