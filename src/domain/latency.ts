import type { Instant } from '../base/clock.ts';

/** Everything between two instants, or between two durations in milliseconds; `low <= high`. */
export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** The value to report. */
export function midpoint(interval: Interval): number {
  return (interval.low + interval.high) / 2;
}

/** The error to report beside it. */
export function halfWidth(interval: Interval): number {
  return (interval.high - interval.low) / 2;
}

/**
 * When a mail became visible, from looks alone: after the horizon before the
 * first positive look (not before the end of DATA, whatever the looks say) and
 * before the end of that look.
 */
export function bracket(looks: {
  /** Horizon of the negative looks before, if there was any. */
  readonly horizon: Instant | undefined;
  readonly lookEnd: Instant;
  readonly notBefore: Instant;
}): Interval {
  const low = Math.max(looks.horizon ?? looks.notBefore, looks.notBefore);
  return { low: Math.min(low, looks.lookEnd), high: looks.lookEnd };
}

/**
 * Send-to-ingest latency in milliseconds, as an interval (semantics B3): the
 * mail system took responsibility somewhere between the end of DATA and the
 * final 250, and the mail became visible somewhere in `ingested`.
 */
export function latencyBetween(accepted: Interval, ingested: Interval): Interval {
  const low = Math.max(0, ingested.low - accepted.high);
  return { low, high: Math.max(low, ingested.high - accepted.low) };
}

/**
 * Whether a histogram may observe it: half-width at most 5 s or 10 % of the
 * value, whichever is more (semantics B3).
 */
export function isPrecise(latency: Interval): boolean {
  return halfWidth(latency) <= Math.max(5_000, midpoint(latency) / 10);
}
