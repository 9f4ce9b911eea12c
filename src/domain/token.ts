import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { Instant } from '../base/clock.ts';
import type { Random } from '../base/random.ts';
import type { Secret } from '../base/secret.ts';
import type { Kind, Route } from './probe.ts';

/**
 * A canary's public id and secret token (semantics A11).
 *
 *   id    = mark(3) kind(1) time(10) route(5) chance(13)      32 characters
 *   token = id HMAC(28)                                       60 characters
 *
 * Both are one word of the letters of base32 (RFC 4648 section 6, [a-z2-7]):
 * it survives case folding, subject tags and search-engine word splitting, and
 * fits the 64 octets of a local part (RFC 5321 section 4.5.3.1.1). `time` is
 * the launch in whole milliseconds, so ids of one kind sort by time; `route` a hash of
 * vantage, probe and path, so that a lost ledger can be rebuilt from the mails.
 */
export interface Token {
  readonly id: string;
  readonly token: string;
  readonly kind: Kind;
  /** Launch instant in whole milliseconds. */
  readonly launchedAt: Instant;
  /** {@link routeTag} of the route it was sent for. */
  readonly routeTag: string;
}

export const ID_LENGTH = 32;
export const TOKEN_LENGTH = 60;
/** Names the format; the third letter is its version. */
export const MARK = 'mca';
const MAC_LENGTH = TOKEN_LENGTH - ID_LENGTH;
export const TIME_LENGTH = 10;
const ROUTE_LENGTH = 5;
const CHANCE_LENGTH = 13;
/** In ASCII order, unlike RFC 4648's own, or the ids would not sort. */
const ALPHABET = '234567abcdefghijklmnopqrstuvwxyz';
const SHAPE = new RegExp(`^${MARK}[sbm][a-z2-7]{${TOKEN_LENGTH - MARK.length - 1}}$`);

const KIND_LETTERS: Readonly<Record<Kind, string>> = { scheduled: 's', burst: 'b', manual: 'm' };
const KINDS: Readonly<Record<string, Kind>> = { s: 'scheduled', b: 'burst', m: 'manual' };

/** Keys to sign and verify with: the first signs, all verify, so that keys can be rotated. */
export type TokenKeys = readonly [Secret, ...Secret[]];

export interface TokenOptions {
  readonly kind: Kind;
  readonly launchedAt: Instant;
  readonly route: Pick<Route, 'vantage' | 'probe' | 'path'>;
  readonly keys: TokenKeys;
  readonly random: Random;
}

export function createToken(options: TokenOptions): Token {
  const { kind, route, keys, random } = options;
  const launchedAt = Math.floor(options.launchedAt);
  const tag = routeTag(route);
  const chance = encode(random.bytes(16)).slice(0, CHANCE_LENGTH);
  const id = `${MARK}${KIND_LETTERS[kind]}${encodeNumber(launchedAt, TIME_LENGTH)}${tag}${chance}`;
  return { id, token: id + sign(id, keys[0]), kind, launchedAt, routeTag: tag };
}

/**
 * A candidate word as our token, or undefined when it is not one: wrong length,
 * wrong alphabet, or signed with none of our keys. Upper case is folded. The
 * length is checked before anything is parsed, and every key is tried in
 * constant time whether or not an earlier one fitted.
 */
export function verifyToken(word: string, keys: TokenKeys): Token | undefined {
  if (word.length !== TOKEN_LENGTH) return undefined;
  const token = foldAscii(word);
  if (!SHAPE.test(token)) return undefined;
  return isSigned(token, keys) ? parseId(token.slice(0, ID_LENGTH), token) : undefined;
}

/** Whether one of our keys signed a word of {@link TOKEN_LENGTH} letters; each key is tried, in constant time. */
export function isSigned(word: string, keys: TokenKeys): boolean {
  const id = word.slice(0, ID_LENGTH);
  const mac = Buffer.from(word.slice(ID_LENGTH));
  const fits = keys.map((key) => timingSafeEqual(mac, Buffer.from(sign(id, key))));
  return fits.includes(true);
}

/** Five base32 letters that stand for a route in a token: 25 bits of a hash. */
export function routeTag(route: Pick<Route, 'vantage' | 'probe' | 'path'>): string {
  const text = [route.vantage, route.probe, route.path].join('\0');
  return encode(createHash('sha256').update(text).digest()).slice(0, ROUTE_LENGTH);
}

function parseId(id: string, token: string): Token | undefined {
  const kind = KINDS[id.charAt(MARK.length)];
  if (kind === undefined) return undefined;
  const start = MARK.length + 1;
  return {
    id,
    token,
    kind,
    launchedAt: decodeNumber(id.slice(start, start + TIME_LENGTH)),
    routeTag: id.slice(start + TIME_LENGTH, start + TIME_LENGTH + ROUTE_LENGTH),
  };
}

export function sign(id: string, key: Secret): string {
  const mac = createHmac('sha256', key.reveal()).update(id).digest();
  return encode(mac).slice(0, MAC_LENGTH);
}

/** Lower-cases A to Z only: `toLowerCase` would turn the Kelvin sign into a k. */
export function foldAscii(text: string): string {
  return text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}

export function encode(bytes: Uint8Array): string {
  let text = '';
  let bits = 0;
  let held = 0;
  for (const byte of bytes) {
    held = (held << 8) | byte;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      text += ALPHABET.charAt((held >> bits) & 31);
    }
    held &= (1 << bits) - 1;
  }
  return text;
}

export function encodeNumber(value: number, length: number): string {
  let text = '';
  let rest = value;
  for (let index = 0; index < length; index += 1) {
    text = ALPHABET.charAt(rest % 32) + text;
    rest = Math.floor(rest / 32);
  }
  return text;
}

export function decodeNumber(text: string): number {
  let value = 0;
  for (const letter of text) value = value * 32 + ALPHABET.indexOf(letter);
  return value;
}
