import * as z from 'zod';
import { cronFault } from '../base/cron.ts';
import { addFault, Duration } from '../base/schema.ts';
import { isTimeZone } from '../base/time-zone.ts';
import { LONGEST_INTERVAL_MS, SHORTEST_INTERVAL_MS, type Schedule } from '../domain/schedule.ts';

const DEFAULT_INTERVAL_MS = 60_000;

const Interval = Duration.superRefine((ms, context) => {
  if (ms >= SHORTEST_INTERVAL_MS && ms <= LONGEST_INTERVAL_MS) return;
  addFault(context, { message: 'must be from 1s to 1d', hint: 'write every: 60s' });
});

/** Five fields, or six with seconds in front, as node-cron reads them. */
export const CronExpression = z.string().superRefine((text, context) => {
  const fault = cronFault(text);
  if (fault === undefined) return;
  const hint = "write cron: '*/5 * * * *' (minute hour day month weekday)";
  addFault(context, { message: `is no cron expression: ${fault}`, hint });
});

export const TimeZoneName = z.string().refine(isTimeZone, {
  message: 'is not a time zone',
  params: { hint: 'write one of the IANA database, such as Europe/Berlin or UTC' },
});

/** When a probe launches: `every`, or `cron` with its `timezone`. */
export const scheduleKeys = {
  every: Interval.optional(),
  cron: CronExpression.optional(),
  timezone: TimeZoneName.optional(),
};

interface ScheduleKeys {
  readonly every?: number | undefined;
  readonly cron?: string | undefined;
  readonly timezone?: string | undefined;
}

export function scheduleOf(keys: ScheduleKeys): Schedule {
  if (keys.cron === undefined) return { everyMs: keys.every ?? DEFAULT_INTERVAL_MS };
  return { cron: keys.cron, timezone: keys.timezone ?? 'UTC' };
}

/** Keys that do not go together. */
export function checkSchedule(keys: ScheduleKeys, context: Parameters<typeof addFault>[0]): void {
  if (keys.cron !== undefined && keys.every !== undefined) {
    const message = 'cannot stand beside every';
    addFault(context, { path: ['cron'], message, hint: 'take one of the two out' });
  }
  if (keys.cron === undefined && keys.timezone !== undefined) {
    const message = 'belongs to cron, and there is none';
    addFault(context, { path: ['timezone'], message, hint: 'take it out' });
  }
}
