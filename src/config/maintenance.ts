import * as z from 'zod';
import { addFault, Duration, type Fault } from '../base/schema.ts';
import type { Instant } from '../base/clock.ts';
import type { Schedule } from '../domain/schedule.ts';
import { CronExpression, TimeZoneName } from './schedule.ts';

/** A time in which nothing is launched: once, or at each tick of a schedule. */
export interface MaintenanceWindow {
  /** Null: all probes. */
  readonly probes: readonly string[] | null;
  readonly reason: string;
  readonly when:
    | { readonly since: Instant; readonly until: Instant }
    | { readonly schedule: Schedule; readonly forMs: number };
}

/** ISO 8601 with its offset from UTC, into Unix milliseconds. */
const Timestamp = z.string().transform((text, context): Instant => {
  const isWhole = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/.test(text);
  const at = isWhole ? Date.parse(text) : Number.NaN;
  if (!Number.isNaN(at)) return at;
  const hint = 'write 2026-12-01T22:00:00Z or 2026-12-01T23:00:00+01:00';
  addFault(context, { message: 'is not an instant', hint });
  return z.NEVER;
});

const Keys = z.strictObject({
  probes: z.array(z.string().min(1)).min(1).optional(),
  reason: z.string().min(1),
  from: Timestamp.optional(),
  until: Timestamp.optional(),
  cron: CronExpression.optional(),
  timezone: TimeZoneName.optional(),
  for: Duration.optional(),
});

/** `from` and `until`, or `cron` and `for`. */
export const MaintenanceEntry = Keys.transform((keys, context): MaintenanceWindow => {
  const { probes = null, reason, from, until, cron, timezone = 'UTC', for: forMs } = keys;
  const fault = faultOf(keys);
  if (fault !== undefined) addFault(context, fault);
  else if (cron !== undefined && forMs !== undefined) {
    return { probes, reason, when: { schedule: { cron, timezone }, forMs } };
  } else if (from !== undefined && until !== undefined) {
    return { probes, reason, when: { since: from, until } };
  }
  return z.NEVER;
});

function faultOf(keys: z.output<typeof Keys>): Fault | undefined {
  const { cron, for: forMs, from, until } = keys;
  const isRepeated = cron !== undefined;
  const other = isRepeated ? (['from', 'until'] as const) : (['for', 'timezone'] as const);
  const stray = other.find((key) => keys[key] !== undefined);
  const isOnce = from !== undefined || until !== undefined;
  if (!isRepeated && !isOnce) {
    const hint = "write from and until, or cron: '0 2 * * 0' and for: 2h";
    return { message: 'does not say when', hint };
  }
  if (stray !== undefined) {
    const message = `does not go with ${isRepeated ? 'cron' : 'from and until'}`;
    return { path: [stray], message, hint: 'take it out' };
  }
  if (isRepeated) return forMs === undefined ? { path: ['for'], message: 'is missing' } : undefined;
  if (from === undefined) return { path: ['from'], message: 'is missing' };
  if (until === undefined) return { path: ['until'], message: 'is missing' };
  return until > from ? undefined : { path: ['until'], message: 'must be later than from' };
}
