import type { Instant } from '../../base/clock.ts';
import type { Interval } from '../../domain/latency.ts';

/** Nothing known of the other clock: it is taken to be at most this far behind ours. */
const UNKNOWN_OFFSET_MS = 600_000;
/** A list's own clock may be this much behind the one in `Date`, and changes may be committed late. */
export const MARGIN_MS = 60_000;

/** An instant of ours on the other side's clock, at the earliest, less what its list may lag and a margin. */
export function theirTime(
  at: Instant,
  { offset, indexLagMs }: { readonly offset: Interval | undefined; readonly indexLagMs: number },
): Instant {
  return at + (offset?.low ?? -UNKNOWN_OFFSET_MS) - indexLagMs - MARGIN_MS;
}
