import { createHash } from 'node:crypto';
import type { Instant } from '../base/clock.ts';

/** When a probe launches: at `phaseMs` plus each multiple of `everyMs`, counted from the epoch. */
export interface Cadence {
  readonly everyMs: number;
  /** In [0, everyMs). */
  readonly phaseMs: number;
}

/**
 * Where in its interval a probe launches, in whole milliseconds from 0 to less
 * than `everyMs`. A hash of probe and vantage (semantics C7): the same on every
 * replica and after every restart, and a fleet of probes of one cadence is
 * spread over the interval (1,000 probes a minute: 17 a second, not 1,000 at :00).
 */
export function phaseOf(probe: string, vantage: string, everyMs: number): number {
  const digest = createHash('sha256').update([probe, vantage].join('\0')).digest();
  return Math.floor((digest.readUIntBE(0, 6) / 2 ** 48) * everyMs);
}

/** The first tick that is later than `after`. */
export function nextTick(cadence: Cadence, after: Instant): Instant {
  const { everyMs, phaseMs } = cadence;
  return phaseMs + (Math.floor((after - phaseMs) / everyMs) + 1) * everyMs;
}

/** The ticks later than `after` and not later than `until`, in order; made one by one, since a long sleep misses many. */
export function* ticksBetween(
  cadence: Cadence,
  after: Instant,
  until: Instant,
): Generator<Instant, undefined> {
  for (let tick = nextTick(cadence, after); tick <= until; tick = nextTick(cadence, tick)) {
    yield tick;
  }
}
