import type { Clock, Instant } from '../base/clock.ts';
import { MonitorError } from '../base/errors.ts';
import type { Logger } from '../base/logger.ts';
import { startLoop, type Loop } from '../base/loop.ts';
import { nextTick } from '../domain/schedule.ts';
import { isPausedAt, oldestUnservedTick, type Entry } from './roster.ts';

export interface SchedulerTools {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly entries: () => Iterable<Entry>;
  /** Launches a canary for a tick; resolves when the mail system answered. */
  readonly launch: (entry: Entry, tick: Instant) => Promise<void>;
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
  const { clock, logger } = tools;
  const busy = new Set<Entry>();
  /** The tick tried last, so that one that brought no acceptance is not tried for ever. */
  const tried = new Map<Entry, Instant>();
  const retryAt = new Map<Entry, Instant>();

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
    if (busy.has(entry) || isPausedAt(entry, now) || now < (retryAt.get(entry) ?? 0)) return;
    const oldest = oldestUnservedTick(entry, now);
    if (oldest === null) return;
    const latest = nextTick(entry.cadence, now) - entry.cadence.everyMs;
    return latest > (tried.get(entry) ?? -Infinity) ? latest : undefined;
  }

  const crash: { fail: (error: unknown) => void } = { fail: () => undefined };
  const crashed = new Promise<never>((_resolve, reject) => (crash.fail = reject));
  crashed.catch(() => undefined);

  const loop = startLoop({
    clock,
    round() {
      const now = clock.now();
      let pauseMs = LONGEST_PAUSE_MS;
      for (const entry of tools.entries()) {
        const tick = dueTick(entry, now);
        if (tick !== undefined) serve(entry, tick).catch(crash.fail);
        pauseMs = Math.min(pauseMs, nextTick(entry.cadence, now) - now);
      }
      return Promise.resolve(pauseMs);
    },
  });
  return { ...loop, ended: Promise.race([loop.ended, crashed]) };
}
