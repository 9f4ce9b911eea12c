import type { Instant } from '../base/clock.ts';
import { createTimeZone, isTimeZone } from '../base/time-zone.ts';
import { parseMailDate } from '../domain/hops.ts';

/** Local time, written as if it were UTC, to the instant; null where there is none, or are two (the clocks change). */
export type ZoneReader = (local: number) => Instant | null;

/** How a system that nobody knows writes its times. */
export interface TimeForm {
  /** Of a bare number. */
  readonly unit: TimeUnit;
  /** Of a text without an offset. */
  readonly zone: ZoneReader;
}

export const TIME_UNITS = ['s', 'ms', 'us'] as const;
export type TimeUnit = (typeof TIME_UNITS)[number];

const UNIT_MS: Readonly<Record<TimeUnit, number>> = { s: 1_000, ms: 1, us: 1e-3 };
const DAY_MS = 86_400_000;
const FIXED = /^([+-])(\d{2}):(\d{2})$/;

/** Whether a name is a zone of the IANA database, or an offset such as `+02:00`. */
export function isZoneName(name: string): boolean {
  return FIXED.test(name) || isTimeZone(name);
}

/** @throws RangeError for a name that {@link isZoneName} does not take. */
export function zoneReader(name: string): ZoneReader {
  const [, sign, hours, minutes] = FIXED.exec(name) ?? [];
  if (sign !== undefined) {
    const offset = (Number(hours) * 60 + Number(minutes)) * 60_000;
    return fixedZone(sign === '-' ? -offset : offset);
  }
  const { offsetAt } = createTimeZone(name);
  return (local) => {
    const [before, after] = [offsetAt(local - DAY_MS), offsetAt(local + DAY_MS)];
    if (before === after) return local - before;
    const fitting = [before, after].filter((offset) => offsetAt(local - offset) === offset);
    return fitting.length === 1 ? local - (fitting[0] ?? 0) : null;
  };
}

/** Local time minus UTC, in milliseconds. */
export function fixedZone(offsetMs: number): ZoneReader {
  return (local) => local - offsetMs;
}

const NUMBER = /^\d+(?:\.\d+)?$/;
const WRITTEN =
  /^(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d)(?::(\d\d)(\.\d+)?)?\s?(Z|UTC|[+-]\d\d(?::?\d\d)?)?$/i;

/** An instant as databases and APIs write it: a number, ISO 8601 or nearly so, RFC 5322. Null where it is none of them. */
export function readInstant(text: string, form: TimeForm): Instant | null {
  const said = text.trim();
  if (NUMBER.test(said)) return Number(said) * UNIT_MS[form.unit];
  const [, year, month, day, hour, minute, second = '0', fraction = '0', zone] =
    WRITTEN.exec(said) ?? [];
  if (year === undefined) return parseMailDate(said) ?? null;
  const whole = Date.UTC(
    ...([Number(year), Number(month) - 1, Number(day)] as const),
    ...([Number(hour), Number(minute), Number(second)] as const),
  );
  const local = whole + Number(fraction) * 1_000;
  if (Number.isNaN(local)) return null;
  return zone === undefined ? form.zone(local) : local - offsetOf(zone);
}

function offsetOf(zone: string): number {
  const [, sign, hours = '0', minutes = '0'] = /^([+-])(\d\d):?(\d\d)?$/.exec(zone) ?? [];
  const ms = (Number(hours) * 60 + Number(minutes)) * 60_000;
  return sign === '-' ? -ms : ms;
}
