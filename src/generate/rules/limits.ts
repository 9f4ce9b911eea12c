import { SKEW_LIMIT_MS } from '../../base/clock.ts';
import { writeDuration } from '../../base/duration.ts';
import { bucketLabel } from '../../metrics/family.ts';
import { LATENCY_BUCKETS } from '../../metrics/labels.ts';
import { stragglerWindowMs } from '../../domain/series.ts';
import type { RulesInput } from './input.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;

/** After a third of the time in which blindness pages it is a ticket (semantics C5). */
export const BLIND_SOON_SHARE = 3;
/** Beyond this the monitor judges nothing by its horizon (semantics B4). */
export const SKEW_SECONDS = SKEW_LIMIT_MS / SECOND;
/** A sustained share of slow mail that is worth a look, and the arrivals without which a share says nothing. */
export const SLOW_RATIO = 0.2;
export const SLOW_ARRIVALS = 5;
/** Slow is this share of the deadline; the largest bucket up to it. */
const SLOW_SHARE = 0.2;

/** `increase()` extrapolates to fractions: at least `n` is more than half a canary less. */
export const atLeast = (n: number): number => n - 0.5;

/**
 * Windows and factors of burn-rate alerts over 30 days: 2 % of the budget in an hour, 5 % in six, 10 % in three days
 * (The Site Reliability Workbook, chapter 5). `count`: fewer bad canaries than this are chance.
 */
export const BURN = {
  fast: { long: '1h', short: '5m', factor: 14.4, count: 3 },
  slow: { long: '6h', short: '30m', factor: 6, count: 3 },
  slowest: { long: '3d', short: '6h', factor: 1, count: 4 },
} as const;
export const BURN_WINDOWS = ['5m', '30m', '1h', '6h', '3d'] as const;
export type BurnWindow = (typeof BURN_WINDOWS)[number];
/** A window shorter than so many launches judges by single canaries. */
export const LAUNCHES_A_WINDOW = 3;
/** So many times the stragglers that page are news, though silent loss has paged. */
export const GROWN = 3;
/** While the fast burn's windows still hold what a stall, or what has paged otherwise, left there. */
export const BURN_GRACE = '65m';

export const WINDOW_SECONDS: Readonly<Record<BurnWindow, number>> = {
  '5m': 300,
  '30m': 1_800,
  '1h': 3_600,
  '6h': 21_600,
  '3d': 259_200,
};

/** All durations of the rules, as Prometheus reads them, out of the configuration. */
export interface Durations {
  /** Evaluation of the rules that page, and of the others. */
  readonly paging: string;
  readonly others: string;
  /** How long a relay must be silent beyond its share: a tenth of the deadline, so it is named well before the lag page. */
  readonly senderFor: string;
  /** A launch that was missed while the monitor was down is made good within 30 s; then it needs to be accepted. */
  readonly launchFor: string;
  /** The first scrape after a start may come before the first look. */
  readonly startFor: string;
  /** A scrape or two that failed are no dead monitor. */
  readonly downFor: string;
  /** How long an alert outlives its condition, so that one trouble is one page. */
  readonly keep: string;
  readonly keepStragglers: string;
  /** The same where a share of the mail is missing: some comes and some does not, and it is one trouble all the time. */
  readonly keepLoss: string;
  /** After a stall its queue drains out of order. */
  readonly grace: string;
  /** How long it is news that a canary hangs between two observers: as long as a missing one is a straggler. */
  readonly news: string;
  /** How far back to look for the last value of a replica that a rollout renamed. */
  readonly rollout: string;
}

export function durationsOf(input: RulesInput): Durations {
  const lateAfter = input.probes.map(({ lateAfterMs }) => lateAfterMs);
  const shortest = Math.min(...lateAfter);
  const longest = Math.max(...lateAfter);
  const { scrapeIntervalMs: scrape } = input;
  const text = (ms: number): string => writeDuration(Math.ceil(ms / SECOND) * SECOND);
  return {
    paging: text(scrape),
    others: text(Math.max(15 * SECOND, scrape)),
    senderFor: text(shortest / 10),
    launchFor: text(Math.max(MINUTE, shortest / 10)),
    startFor: text(Math.max(30 * SECOND, 3 * scrape)),
    downFor: text(Math.max(MINUTE, 4 * scrape)),
    keep: text(Math.max(MINUTE, longest / 5)),
    keepStragglers: text(Math.max(MINUTE, longest / 2)),
    keepLoss: text(Math.max(MINUTE, 3 * longest)),
    grace: text(longest),
    news: text(Math.max(stragglerWindowMs(0), 2 * longest)),
    rollout: text(Math.max(2 * MINUTE, 4 * scrape)),
  };
}

/** The bucket that separates slow from usual, of a deadline: 120 s of 10 min. */
export function slowBucket(lateAfterMs: number): string {
  const bound = (lateAfterMs / SECOND) * SLOW_SHARE;
  return bucketLabel(LATENCY_BUCKETS.findLast((bucket) => bucket <= bound) ?? LATENCY_BUCKETS[0]);
}
