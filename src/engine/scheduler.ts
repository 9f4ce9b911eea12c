import type { Clock, Instant } from '../base/clock.ts';
import { MonitorError } from '../base/errors.ts';
import type { Logger } from '../base/logger.ts';
import { startLoop, type Loop } from '../base/loop.ts';
import { latestUnservedTick, pauseAt, type Entry } from './roster.ts';

export interface SchedulerTools {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly entries: () => Iterable<Entry>;
  /** Launches a canary for a tick; resolves when the mail system answered. */
  readonly launch: (entry: Entry, tick: Instant) => Promise<void>;
  /** Hears of a launch that threw what no launch throws: our own bug. */
  readonly onCrash: (error: unknown) => void;
}

/** A clock that jumps or a changed configuration is noticed within this time. */
const LONGEST_PAUSE_MS = 10_000;
/** A launch that the ledger refused is tried again after this, not only at the next tick. */
const RETRY_MS = 5_000;

/**
 * The loop that launches scheduled canaries, each at its tick. Ticks missed
 * while the monitor was down (or the ledger could not be written) are made good
 * by one launch for the latest of them. A probe whose last dialogue is still
 * under way waits: launches never pile up behind a slow relay.
 */
export function startScheduler(tools: SchedulerTools): Loop {
  const { clock } = tools;
  const attendance = createAttendance(tools);
  const loop = startLoop({
    clock,
    round() {
      const now = clock.now();
      let pauseMs = LONGEST_PAUSE_MS;
      for (const entry of tools.entries()) {
        pauseMs = Math.min(pauseMs, attendance.attend(entry, now) - now);
      }
      return Promise.resolve(pauseMs);
    },
  });
  return {
    ...loop,
    nudge() {
      attendance.forget();
      loop.nudge();
    },
  };
}

interface Attendance {
  /** Launches what is due of an entry; answers when to ask again. */
  attend(entry: Entry, now: Instant): Instant;
  /** Something besides time has changed: each entry is asked again. */
  forget(): void;
}

function createAttendance(tools: SchedulerTools): Attendance {
  const { clock, logger } = tools;
  const busy = new Set<Entry>();
  /** The tick tried last, so that one that brought no acceptance is not tried for ever. */
  const tried = new Map<Entry, Instant>();
  const retryAt = new Map<Entry, Instant>();
  /** Nothing is due of an entry before this: with many probes, asking each at every tick of any costs. */
  const idleUntil = new Map<Entry, Instant>();

  async function serve(entry: Entry, tick: Instant): Promise<void> {
    busy.add(entry);
    tried.set(entry, tick);
    try {
      await tools.launch(entry, tick);
    } catch (error) {
      if (!(error instanceof MonitorError)) throw error;
      const { probe } = entry.assignment.order.route;
      logger.warn({ probe, reason: error.reason, detail: error.message }, 'launch failed');
      // One that cannot pass by itself (the tick is taken) is not tried again.
      if (!error.retryable) return;
      tried.delete(entry);
      retryAt.set(entry, clock.now() + RETRY_MS);
    } finally {
      busy.delete(entry);
    }
  }

  function dueTick(entry: Entry, now: Instant): Instant | undefined {
    if (busy.has(entry) || pauseAt(entry, now) !== null) return;
    if (now < (retryAt.get(entry) ?? -Infinity)) return;
    const latest = latestUnservedTick(entry, now);
    return latest !== null && latest > (tried.get(entry) ?? -Infinity) ? latest : undefined;
  }

  function attend(entry: Entry, now: Instant): Instant {
    const known = idleUntil.get(entry);
    if (known !== undefined && now < known) return known;
    const tick = dueTick(entry, now);
    if (tick !== undefined) serve(entry, tick).catch(tools.onCrash);
    const next = entry.assignment.cadence.next(now);
    if (busy.has(entry)) {
      idleUntil.delete(entry);
      return next;
    }
    const retry = retryAt.get(entry) ?? -Infinity;
    const until = now < retry ? Math.min(next, retry) : next;
    idleUntil.set(entry, until);
    return until;
  }

  return { attend, forget: () => idleUntil.clear() };
}
