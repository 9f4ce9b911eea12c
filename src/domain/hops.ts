import type { Instant } from '../base/clock.ts';
import type { Hop } from './sighting.ts';

/** The newest headers are kept: they were written nearest to us, older ones may be anybody's invention. */
const HEADERS_READ = 50;
/** Of an overlong header only this much is read, at the start (hosts) and at the end (date). */
const HEAD_READ = 3_072;
const TAIL_READ = 1_024;
/** Longest domain name (RFC 5321 section 4.5.3.1.2). */
const HOST_LENGTH = 255;

/** Every repetition is bounded, so that a search is linear in the text. */
const RFC_DATE =
  /\b(\d{1,2}) ?([A-Za-z]{3})[A-Za-z]{0,6} ?(\d{2,4}) (\d{1,2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)? ?([+-]\d{4}|[A-Za-z]{1,5})(?![A-Za-z\d])/g;
/** RFC 3339, and what Go prints for a time: `2023-12-27 12:03:36.075244996 +0000 UTC m=+1.9`. */
const ISO_DATE =
  /\b(\d{4})-(\d{2})-(\d{2})[ T](\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,9}))? ?([+-]\d{2}:?\d{2}|Z)(?![A-Za-z\d])/g;

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
/** RFC 5322 section 4.3; any other name (CET, MSK, military letters) is not known for sure. */
const ZONE_HOURS: Readonly<Record<string, number>> = {
  ut: 0,
  utc: 0,
  gmt: 0,
  z: 0,
  est: -5,
  edt: -4,
  cst: -6,
  cdt: -5,
  mst: -7,
  mdt: -6,
  pst: -8,
  pdt: -7,
};
/** No place on earth is further from UTC. */
const ZONE_LIMIT_MINUTES = 14 * 60;

/**
 * The way of a mail by its Received headers (RFC 5321 section 4.4).
 *
 * `received` holds the header values as they stand in the mail, newest first,
 * folded or not; the answer is oldest first. Each time is of another host's
 * clock, so a difference may be negative: it is kept and marked, never zeroed.
 * A date that nobody can read makes its own hop suspect, and leaves the
 * difference unknown there and at the hop after it.
 */
export function parseHops(received: readonly string[]): readonly Hop[] {
  const steps = received.slice(0, HEADERS_READ).map(parseReceived).reverse();
  return steps.map(({ from, by, at }, index) => {
    const before = steps[index - 1]?.at;
    const seconds = at === undefined || before === undefined ? null : (at - before) / 1_000;
    return { from, by, seconds, clockSuspect: at === undefined || (seconds ?? 0) < 0 };
  });
}

/**
 * The last date of a text, in epoch milliseconds: RFC 5322 with its obsolete
 * forms (two-digit years, named zones, comments), or RFC 3339 / Go. Undefined
 * where there is none, or without a zone: a guess would be hours wrong.
 */
export function parseMailDate(text: string): Instant | undefined {
  return findDate(tidy(text));
}

interface Step {
  readonly from: string;
  readonly by: string;
  readonly at: Instant | undefined;
}

function parseReceived(header: string): Step {
  const text = tidy(header);
  const words = text.split(/[ ;]/).filter((word) => word !== '');
  const lower = words.map((word) => word.toLowerCase());
  const from = lower[0] === 'from' && lower[1] !== 'by' ? (words[1] ?? '') : '';
  const byIndex = lower.indexOf('by', from === '' ? 0 : 2);
  const by = byIndex === -1 ? '' : (words[byIndex + 1] ?? '');
  return { from: from.slice(0, HOST_LENGTH), by: by.slice(0, HOST_LENGTH), at: findDate(text) };
}

/** Clipped, without comments, on one line, with single spaces. */
function tidy(text: string): string {
  const clipped =
    text.length <= HEAD_READ + TAIL_READ
      ? text
      : `${text.slice(0, HEAD_READ)} ${text.slice(-TAIL_READ)}`;
  return withoutComments(clipped).replace(/\s+/g, ' ');
}

/**
 * Takes out comments, nested ones too (RFC 5322 section 3.2.2). One that never
 * ends is read as if its parenthesis were not there, or it would hide the date.
 */
function withoutComments(text: string): string {
  let kept = '';
  let depth = 0;
  let opened = 0;
  for (let index = 0; index < text.length; index += 1) {
    const letter = text.charAt(index);
    if (letter === '(') {
      if (depth === 0) opened = index + 1;
      depth += 1;
    } else if (letter === ')') {
      if (depth > 0) depth -= 1;
      kept += depth === 0 ? ' ' : '';
    } else if (depth === 0) {
      kept += letter;
    } else if (letter === '\\') {
      index += 1;
    }
  }
  return depth === 0 ? kept : `${kept} ${text.slice(opened).replace(/[()]/g, ' ')}`;
}

function findDate(text: string): Instant | undefined {
  const iso = [...text.matchAll(ISO_DATE)].at(-1);
  const rfc = [...text.matchAll(RFC_DATE)].at(-1);
  if (iso !== undefined && iso.index > (rfc?.index ?? -1)) return readIso(iso);
  return rfc === undefined ? undefined : readRfc(rfc);
}

function readIso(match: readonly (string | undefined)[]): Instant | undefined {
  const [, year, month, day, hour, minute, second, fraction, zone] = match;
  return instantOf({
    year: Number(year),
    month: Number(month) - 1,
    day: Number(day),
    time: [hour, minute, second, fraction],
    zone,
  });
}

function readRfc(match: readonly (string | undefined)[]): Instant | undefined {
  const [, day, month, year, hour, minute, second, fraction, zone] = match;
  return instantOf({
    year: fullYear(year ?? ''),
    month: MONTHS.indexOf((month ?? '').toLowerCase()),
    day: Number(day),
    time: [hour, minute, second, fraction],
    zone,
  });
}

/** RFC 5322 section 4.3: two digits below 50 are of this century, all other short years count from 1900. */
function fullYear(digits: string): number {
  const year = Number(digits);
  if (digits.length >= 4) return year;
  return year + (digits.length === 2 && year < 50 ? 2_000 : 1_900);
}

interface DateParts {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  /** Hour, minute, second, digits of the fraction; absent ones are 0. */
  readonly time: readonly (string | undefined)[];
  readonly zone: string | undefined;
}

function instantOf({ year, month, day, time, zone }: DateParts): Instant | undefined {
  const [hour = 0, minute = 0, second = 0] = time.slice(0, 3).map((digits) => Number(digits ?? 0));
  const offset = offsetMinutes(zone ?? '');
  const midnight = Date.UTC(year, month, day);
  // Date.UTC would roll 30 February over, and move the years below 100
  const isReal =
    new Date(midnight).getUTCDate() === day && month >= 0 && month < 12 && year >= 1900;
  // 60: a leap second
  if (!isReal || hour > 23 || minute > 59 || second > 60 || offset === undefined) return undefined;
  const millis = Math.floor(Number(`0.${time[3] ?? '0'}`) * 1_000);
  return midnight + ((hour * 60 + minute - offset) * 60 + second) * 1_000 + millis;
}

function offsetMinutes(zone: string): number | undefined {
  const [, sign, hours, minutes] = /^([+-])(\d{2}):?(\d{2})$/.exec(zone) ?? [];
  if (sign === undefined) {
    const named = ZONE_HOURS[zone.toLowerCase()];
    return named === undefined ? undefined : named * 60;
  }
  const size = Number(hours) * 60 + Number(minutes);
  if (Number(minutes) > 59 || size > ZONE_LIMIT_MINUTES) return undefined;
  return sign === '-' ? -size : size;
}
