import { backoffMs, type BackoffLimits } from '../base/backoff.ts';
import type { Clock, Instant } from '../base/clock.ts';
import { MonitorError } from '../base/errors.ts';
import type { Logger } from '../base/logger.ts';
import { startLoop, type Loop } from '../base/loop.ts';
import type { Random } from '../base/random.ts';
import type { LitterCopy } from '../ledger/ledger.ts';
import { copyKey, litterQuery, tidyCopy, tidyPaceMs, type TidyCopyTools } from './tidy-copy.ts';

export interface TidyTools extends TidyCopyTools {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** Hears of every copy that could not be cleaned away. */
  readonly onCleanupFailure?: (observer: string) => void;
}

export interface Tidying extends Loop {
  /** Copies that were due at the end of the last round and still lie there; undefined before it. */
  litter(): number | undefined;
}

/** Copies of one round; between two of them the ledger is asked again. */
const BATCH = 20;
const SHORTEST_IDLE_MS = 1_000;
const LONGEST_PAUSE_MS = 60_000;
const FAILURE_BACKOFF: BackoffLimits = { firstMs: 30_000, maxMs: 600_000 };
/** A copy that could not be cleaned away lets others go first for so long. */
const POSTPONED_MS = 600_000;

/**
 * The loop of one observer that cleans up after our own canaries: those that have their verdict, some time after
 * they were seen. One copy at a time, at a walking pace. A failure ends the round and waits, longer each time.
 * Pauses of probes do not concern it.
 */
export function startTidying(tools: TidyTools): Tidying {
  const { clock, ledger, observer, policy } = tools;
  const paceMs = tidyPaceMs(observer.capabilities);
  const idleMs = Math.max(SHORTEST_IDLE_MS, Math.min(LONGEST_PAUSE_MS, policy.afterMs));
  const pile = createPile(tools);
  let failures = 0;
  let left: number | undefined;

  async function round(signal: AbortSignal): Promise<number> {
    try {
      // Nothing is touched that could not be remembered.
      const pauseMs = ledger.isWritable() ? await tidyBatch(signal) : idleMs;
      left = await ledger.countLitter(litterQuery(observer.name, policy, clock.now()));
      return pauseMs;
    } catch (error) {
      if (!(error instanceof MonitorError)) throw error;
      return LONGEST_PAUSE_MS; // the ledger cannot be read or written, which is said elsewhere
    }
  }

  async function tidyBatch(signal: AbortSignal): Promise<number> {
    const batch = await pile.next();
    for (const copy of batch) {
      const failure = await tryOne(copy, tools, signal);
      if (signal.aborted) return 0;
      if (failure !== undefined) {
        pile.postpone(copy);
        failures += 1;
        const pauseMs = backoffMs(failures, FAILURE_BACKOFF, tools.random);
        return Math.max(pauseMs, failure.retryAfterMs ?? 0);
      }
      failures = 0;
      await clock.sleep(paceMs, signal);
    }
    return batch.length < BATCH ? idleMs : paceMs;
  }

  return { ...startLoop({ clock, round }), litter: () => left };
}

/** The copies that are due, but for those that failed a short while ago. */
interface Pile {
  next(): Promise<readonly LitterCopy[]>;
  postpone(copy: LitterCopy): void;
}

function createPile({ clock, ledger, observer, policy }: TidyTools): Pile {
  /** Copy to when it is tried again. A failure adds one and waits, so there are never many. */
  const postponed = new Map<string, Instant>();
  return {
    async next() {
      const now = clock.now();
      for (const [key, until] of postponed) if (until <= now) postponed.delete(key);
      const query = litterQuery(observer.name, policy, now);
      const due = await ledger.litter(query, BATCH + postponed.size);
      return due.filter((copy) => !postponed.has(copyKey(copy))).slice(0, BATCH);
    },
    postpone: (copy) => void postponed.set(copyKey(copy), clock.now() + POSTPONED_MS),
  };
}

/**
 * Answers what failed.
 *
 * @throws MonitorError `ledger`: its trouble is none of the observer's
 */
async function tryOne(
  copy: LitterCopy,
  tools: TidyTools,
  signal: AbortSignal,
): Promise<MonitorError | undefined> {
  const { observer, policy, logger } = tools;
  const { canaryId: canary, place } = copy;
  const fields = { observer: observer.name, canary, place, manner: policy.manner };
  try {
    const result = await tidyCopy(copy, tools, signal);
    if (result === 'not_ours') {
      tools.onCleanupFailure?.(observer.name);
      logger.warn(fields, 'a copy does not carry its token any more and was left alone');
    } else {
      logger.info({ ...fields, result }, 'canary cleaned away');
    }
    return undefined;
  } catch (error) {
    if (!(error instanceof MonitorError) || error.reason === 'ledger') throw error;
    if (signal.aborted) return error;
    tools.onCleanupFailure?.(observer.name);
    const { reason, retryable, message: detail } = error;
    logger.warn({ ...fields, reason, retryable, detail }, 'canary not cleaned away');
    return error;
  }
}
