import { createTask, validateDetailed, type ParsedFields } from 'node-cron';
import { createTimeZone, QUARTER_MS, type TimeZone } from './time-zone.ts';

/** A cron expression in a time zone, asked on whatever clock the caller has. */
export interface Cron {
  /**
   * The first instant later than `after` (Unix milliseconds) that it names;
   * undefined when none comes within eight years. A local time that daylight saving skips
   * is served when the clocks have gone forward; one that comes twice is served the first time. Where every
   * hour is named, each hour is served, however it is called.
   */
  next(after: number): number | undefined;
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** A 29th of February may be that far away. */
const LONGEST_SEARCH_MS = 8 * 366 * DAY_MS;
/** No clock is ever put back by more. */
const LARGEST_SHIFT_MS = 3 * HOUR_MS;

/** Why node-cron does not take an expression (five fields, or six with seconds); undefined when it does. */
export function cronFault(expression: string): string | undefined {
  const { valid, errors } = validateDetailed(expression);
  if (valid) return undefined;
  return errors.map(({ field, message }) => `${field}: ${message}`).join('; ') || 'not understood';
}

/** @throws RangeError for a time zone that is not in the IANA database. Ask {@link cronFault} first. */
export function createCron(expression: string, timezone: string): Cron {
  const zone = createTimeZone(timezone);
  const { fields } = validateDetailed(expression);
  if (fields === undefined) throw new RangeError(`not a cron expression: ${expression}`);
  const pattern = patternOf(expression, fields);
  return { next: (after) => search(pattern, zone, after) };
}

/** An expression, asked of local times that are written as if they were UTC. */
interface Pattern {
  readonly everyHour: boolean;
  /** For how long from the start of this quarter of an hour on it surely names no time; 0 where it may. */
  barrenMs(local: Date): number;
  matches(local: number): boolean;
  /** Times of a quarter of an hour, in order. */
  times(quarter: number): Iterable<number>;
}

function patternOf(expression: string, fields: ParsedFields): Pattern {
  // Never started: it only answers whether a time matches. Destroyed, it also leaves node-cron's register.
  const task = createTask(expression, () => undefined, { timezone: 'UTC' });
  void task.destroy();
  const { hour, minute, second, month, dayOfMonth, dayOfWeek } = fields;
  const onlyDates = dayOfWeek.length >= 7 && dayOfMonth.every((day) => typeof day === 'number');
  return {
    everyHour: hour.length === 24,
    barrenMs(local) {
      const sinceMidnightMs = local.getUTCHours() * HOUR_MS + local.getUTCMinutes() * 60_000;
      if (!month.includes(local.getUTCMonth() + 1)) {
        return Math.max(1, 28 - local.getUTCDate()) * DAY_MS - sinceMidnightMs;
      }
      if (onlyDates && !dayOfMonth.includes(local.getUTCDate())) return DAY_MS - sinceMidnightMs;
      const next = hour.find((at) => at >= local.getUTCHours()) ?? 24;
      return Math.max(0, next * HOUR_MS - sinceMidnightMs);
    },
    matches: (local) => task.match(new Date(local)),
    *times(quarter) {
      const first = new Date(quarter).getUTCMinutes();
      for (const one of minute.filter((at) => at >= first && at < first + 15)) {
        for (const other of second) yield quarter + (one - first) * 60_000 + other * 1_000;
      }
    },
  };
}

function search(pattern: Pattern, zone: TimeZone, after: number): number | undefined {
  const end = after + LONGEST_SEARCH_MS;
  let quarter = Math.floor(after / QUARTER_MS) * QUARTER_MS;
  while (quarter < end) {
    const offset = zone.offsetAt(quarter);
    if (quarter > after && hasSkipped(pattern, zone, quarter)) return quarter;
    const barrenMs = pattern.barrenMs(new Date(quarter + offset));
    if (barrenMs > 0) {
      quarter += safeStep(zone, quarter, barrenMs);
      continue;
    }
    const found = firstOf(pattern, quarter + offset, (at) => {
      return at - offset > after && !isRepeated(pattern, zone, at - offset);
    });
    if (found !== undefined) return found - offset;
    quarter += QUARTER_MS;
  }
  return undefined;
}

/** At most `stepMs`, and not past a change of the clocks: what they skip there has to be looked at. */
function safeStep(zone: TimeZone, from: number, stepMs: number): number {
  let step = stepMs;
  while (step > QUARTER_MS && zone.offsetAt(from + step) !== zone.offsetAt(from)) {
    step = Math.floor(step / 2 / QUARTER_MS) * QUARTER_MS;
  }
  return Math.max(QUARTER_MS, step);
}

function firstOf(
  pattern: Pattern,
  quarter: number,
  isWanted: (local: number) => boolean,
): number | undefined {
  for (const at of pattern.times(quarter)) if (isWanted(at) && pattern.matches(at)) return at;
  return undefined;
}

/** Whether the clocks went forward at `instant`, over a time that the pattern names. */
function hasSkipped(pattern: Pattern, zone: TimeZone, instant: number): boolean {
  if (pattern.everyHour) return false;
  const from = instant + zone.offsetAt(instant - 1);
  const to = instant + zone.offsetAt(instant);
  for (let quarter = from; quarter < to; quarter += QUARTER_MS) {
    if (firstOf(pattern, quarter, () => true) !== undefined) return true;
  }
  return false;
}

/** Whether the local time of `instant` had come before, until the clocks went back. */
function isRepeated(pattern: Pattern, zone: TimeZone, instant: number): boolean {
  if (pattern.everyHour) return false;
  const offset = zone.offsetAt(instant);
  const back = zone.offsetAt(instant - LARGEST_SHIFT_MS) - offset;
  return back > 0 && zone.offsetAt(instant - back) === offset + back;
}
