import { createHash } from 'node:crypto';
import type { Instant } from '../base/clock.ts';

/** Between two canaries of a probe, in milliseconds: what a configuration may say. */
export const SHORTEST_INTERVAL_MS = 1_000;
export const LONGEST_INTERVAL_MS = 86_400_000;

/** When something happens, as a configuration says it. */
export type Schedule =
  { readonly everyMs: number } | { readonly cron: string; readonly timezone: string };

/** When a probe launches. */
export interface Cadence {
  /** The usual time from one tick to the next, in milliseconds. */
  readonly intervalMs: number;
  /** The first tick that is later than `after`; Infinity when none will come. */
  next(after: Instant): Instant;
  /** The last tick that is later than `after` and not later than `until`; null when there is none. */
  latest(after: Instant, until: Instant): Instant | null;
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

/** Ticks at `phaseMs`, in [0, everyMs), plus each multiple of `everyMs`, counted from the epoch. */
export function createGrid(everyMs: number, phaseMs: number): Cadence {
  const next = (after: Instant): Instant =>
    phaseMs + (Math.floor((after - phaseMs) / everyMs) + 1) * everyMs;
  return {
    intervalMs: everyMs,
    next,
    latest(after, until) {
      const tick = next(until) - everyMs;
      return tick > after ? tick : null;
    },
  };
}

/** Anything that knows its next tick: a cron expression in its time zone. */
export interface Calendar {
  next(after: Instant): Instant | undefined;
}

/** A calendar that named nothing for longer is not asked about the time before. */
const LONGEST_SEARCH_MS = 10 * 366 * 86_400_000;
/** Ticks from which the usual interval is taken. */
const SAMPLE = 50;

/** Ticks of a calendar. Its interval is the shortest of the next ones: every 5 minutes at work, nothing at night: 5 minutes. */
export function createCalendarCadence(calendar: Calendar, now: Instant): Cadence {
  const next = remembering((after) => calendar.next(after) ?? Infinity);
  return {
    intervalMs: shortestInterval(next, now),
    next,
    latest(after, until) {
      // Back from `until` in steps that double, since a calendar only looks ahead.
      for (let stepMs = 60_000; ; stepMs *= 2) {
        const from = Math.max(after, until - stepMs);
        const tick = lastBetween(next, from, until);
        if (tick !== null || from === after || stepMs > LONGEST_SEARCH_MS) return tick;
      }
    },
  };
}

type Next = (after: Instant) => Instant;

/** Asked again and again for the same tick, as a loop does, it answers at once. */
function remembering(next: Next): Next {
  let known = { after: Infinity, tick: -Infinity };
  return (after) => {
    if (after < known.after || after >= known.tick) known = { after, tick: next(after) };
    return known.tick;
  };
}

function lastBetween(next: Next, after: Instant, until: Instant): Instant | null {
  let last: Instant | null = null;
  for (let tick = next(after); tick <= until; tick = next(tick)) last = tick;
  return last;
}

function shortestInterval(next: Next, now: Instant): number {
  let shortest = Infinity;
  let tick = next(now);
  for (let count = 1; count < SAMPLE && tick < Infinity; count += 1) {
    const following = next(tick);
    shortest = Math.min(shortest, following - tick);
    tick = following;
  }
  return shortest;
}

/** A span of time in which nothing is launched, and what it is for. */
export interface Pause {
  readonly since: Instant;
  readonly until: Instant;
  readonly reason: string;
}

/** What is remembered of the pauses of a probe. */
export interface Pauses {
  /** The last one, which may have ended. */
  readonly pause: Pause | null;
  /** Those before it, oldest first: deadlines may lie in them (semantics A12). */
  readonly earlierPauses: readonly Pause[];
}

/** More than one every twenty minutes for as long as canaries wait by default (72 h). */
const EARLIER_KEPT = 250;

/** With one that began, or that is the last one with another end. */
export function withPause({ pause, earlierPauses }: Pauses, next: Pause): Pauses {
  if (pause === null || pause.since === next.since) return { pause: next, earlierPauses };
  return { pause: next, earlierPauses: [...earlierPauses, pause].slice(-EARLIER_KEPT) };
}

/** Pauses that the configuration foresees. */
export interface Maintenance {
  /** The pause around an instant; null when there is none. */
  at(instant: Instant): Pause | null;
  /** The pause that ended last before an instant; null when none has. */
  before(instant: Instant): Pause | null;
}

/** One pause, from `since` until right before `until`. */
export function createSinglePause(pause: Pause): Maintenance {
  return {
    at: (instant) => (instant >= pause.since && instant < pause.until ? pause : null),
    before: (instant) => (instant >= pause.until ? pause : null),
  };
}

export interface Repetition {
  readonly cadence: Cadence;
  /** From each tick on, in milliseconds. */
  readonly forMs: number;
  readonly reason: string;
}

/** A pause from each tick of a cadence on. */
export function createRepeatedPause({ cadence, forMs, reason }: Repetition): Maintenance {
  const pauseFrom = (since: Instant | null): Pause | null =>
    since === null ? null : { since, until: since + forMs, reason };
  const [begun, ended] = [lastTick(cadence), lastTick(cadence)];
  return {
    at(instant) {
      const pause = pauseFrom(begun(instant));
      return pause !== null && instant < pause.until ? pause : null;
    },
    before: (instant) => pauseFrom(ended(instant - forMs)),
  };
}

/** The last tick up to an instant; the same question again is answered at once. */
function lastTick(cadence: Cadence): (until: Instant) => Instant | null {
  let known: { tick: Instant | null; from: Instant; to: Instant } | undefined;
  return (until) => {
    if (known === undefined || until < known.from || until >= known.to) {
      const tick = cadence.latest(-Infinity, until);
      known = { tick, from: tick ?? until, to: cadence.next(until) };
    }
    return known.tick;
  };
}
