import type { Instant } from '../base/clock.ts';
import type { Random } from '../base/random.ts';
import {
  decodeNumber,
  encode,
  encodeNumber,
  foldAscii,
  ID_LENGTH,
  isSigned,
  MARK,
  sign,
  TIME_LENGTH,
  TOKEN_LENGTH,
  type TokenKeys,
} from './token.ts';

/**
 * The mark of a mail that we put down ourselves where canaries arrive, to see whether it is seen:
 *
 *   marker = mark(3) c time(10) chance(18) HMAC(28)       60 characters, letters as in a token
 *
 * Its kind is none of a canary's, so nothing that recognises tokens takes it for one.
 */
export interface Marker {
  readonly word: string;
  /** When it was made, in whole milliseconds. */
  readonly madeAt: Instant;
}

/** Stands in a header of its own and nowhere else. */
export const MARKER_HEADER = 'X-Mailcanary-Control';
export const MARKER_KIND = `${MARK}c`;
const CHANCE_LENGTH = ID_LENGTH - MARKER_KIND.length - TIME_LENGTH;
const SHAPE = new RegExp(`^${MARKER_KIND}[a-z2-7]{${TOKEN_LENGTH - MARKER_KIND.length}}$`);

export function createMarker(tools: {
  readonly now: Instant;
  readonly keys: TokenKeys;
  readonly random: Random;
}): Marker {
  const madeAt = Math.floor(tools.now);
  const chance = encode(tools.random.bytes(16)).slice(0, CHANCE_LENGTH);
  const id = `${MARKER_KIND}${encodeNumber(madeAt, TIME_LENGTH)}${chance}`;
  return { word: id + sign(id, tools.keys[0]), madeAt };
}

/** A candidate word as our marker, or undefined when it is not one; length first, as of a token. */
export function verifyMarker(word: string, keys: TokenKeys): Marker | undefined {
  if (word.length !== TOKEN_LENGTH) return undefined;
  const folded = foldAscii(word);
  if (!SHAPE.test(folded) || !isSigned(folded, keys)) return undefined;
  const start = MARKER_KIND.length;
  return { word: folded, madeAt: decodeNumber(folded.slice(start, start + TIME_LENGTH)) };
}
