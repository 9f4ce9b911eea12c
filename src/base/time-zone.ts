/** Local time of a place, by the IANA database that Node carries. */
export interface TimeZone {
  /** Local time minus UTC in milliseconds, at an instant (Unix milliseconds). */
  readonly offsetAt: (instant: number) => number;
}

/** Offsets change only between quarters of an hour. */
export const QUARTER_MS = 15 * 60_000;

export function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}

/** @throws RangeError for a name that is not in the database. */
export function createTimeZone(name: string): TimeZone {
  const format = new Intl.DateTimeFormat('en', {
    timeZone: name,
    hourCycle: 'h23',
    ...{ year: 'numeric', month: 'numeric', day: 'numeric' },
    ...{ hour: 'numeric', minute: 'numeric', second: 'numeric' },
  });
  if (name === 'UTC') return { offsetAt: () => 0 };
  let known = { quarter: Number.NaN, offset: 0 };
  return {
    offsetAt(instant) {
      const quarter = Math.floor(instant / QUARTER_MS) * QUARTER_MS;
      if (quarter !== known.quarter)
        known = { quarter, offset: localTime(format, quarter) - quarter };
      return known.offset;
    },
  };
}

/** The local time, written as if it were UTC. */
function localTime(format: Intl.DateTimeFormat, instant: number): number {
  const parts = new Map(format.formatToParts(instant).map(({ type, value }) => [type, value]));
  const part = (type: Intl.DateTimeFormatPartTypes): number => Number(parts.get(type));
  return Date.UTC(
    part('year'),
    part('month') - 1,
    ...[part('day'), part('hour'), part('minute'), part('second')],
  );
}
