import type { Clock, Instant } from '../../base/clock.ts';
import type { Interval } from '../../domain/latency.ts';
import type { Stamp } from '../../domain/sighting.ts';

/** The helpdesk's clock, by what it stamped: nobody asks it for the time. */
export interface PushClock {
  /** A mail that left no earlier than `sentAt` was stamped, and told of at `toldAt`. */
  note(told: { readonly stamp: Stamp; readonly sentAt: Instant; readonly toldAt: Instant }): void;
  /** Its clock minus ours, in milliseconds; undefined while nothing was told. */
  offset(): Interval | undefined;
}

const KEPT = 50;
/** Two ordinary clocks drift apart by 100 ppm each. */
const DRIFT = 200e-6;
/** Two that exclude each other: the clock was set in between; then anything between them, and this more. */
const SET_CLOCK_MARGIN_MS = 500;

/**
 * A mail is stamped between its sending and the webhook, so each one bounds the offset on both sides:
 * by the fastest from above, by the most prompt webhook from below.
 */
export function createPushClock(clock: Clock): PushClock {
  /** Oldest first. */
  let bounds: readonly (Interval & { readonly at: Instant })[] = [];
  return {
    note({ stamp, sentAt, toldAt }) {
      const bound = {
        low: stamp.at - toldAt,
        high: stamp.at + stamp.quantumMs - sentAt,
        at: toldAt,
      };
      bounds = [...bounds, bound].slice(-KEPT);
    },
    offset() {
      if (bounds.length === 0) return undefined;
      const now = clock.now();
      const lows = bounds.map(({ low, at }) => low - (now - at) * DRIFT);
      const highs = bounds.map(({ high, at }) => high + (now - at) * DRIFT);
      const [low, high] = [Math.max(...lows), Math.min(...highs)];
      if (low <= high) return { low, high };
      return {
        low: Math.min(...lows) - SET_CLOCK_MARGIN_MS,
        high: Math.max(...highs) + SET_CLOCK_MARGIN_MS,
      };
    },
  };
}
