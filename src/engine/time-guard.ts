import { SKEW_LIMIT_MS, type Clock, type Instant } from '../base/clock.ts';
import type { Ledger } from '../ledger/ledger.ts';

/**
 * Whether the time can be trusted so far that somebody may be judged by it (semantics B4). The schedule launches nothing until
 * then either: those ticks are taken, and what is accepted before the newest arrival sorts behind it, so that it never is the head.
 */
export interface TimeGuard {
  /**
   * Until then nothing is judged: the ledger knows of later instants than the wall clock told at the start, so one of the two
   * was wrong. Undefined: all is well.
   */
  judgesFrom(): Instant | undefined;
  /** Whether horizons settle anything now. */
  trustsHorizons(): boolean;
  /** Whether a horizon is of a look since the start where that was behind: an older one proves nothing about what was sent after it. */
  isOfNow(horizon: Instant): boolean;
}

/** Asked once, at the start, before anything is written. */
export function createTimeGuard(
  clock: Clock,
  ledger: Pick<Ledger, 'open' | 'observerState'>,
  observers: Iterable<string>,
): TimeGuard {
  const newest = newestInstant(ledger, observers);
  const startsBehind = clock.now() < newest - SKEW_LIMIT_MS;
  const judgesFrom = (): Instant | undefined =>
    startsBehind && clock.now() < newest ? newest : undefined;
  return {
    judgesFrom,
    isOfNow: (horizon) => !startsBehind || horizon > newest,
    trustsHorizons: () => judgesFrom() === undefined && Math.abs(clock.skewMs()) <= SKEW_LIMIT_MS,
  };
}

/** Of all that the ledger keeps at hand; a horizon is written every second while anybody looks. */
function newestInstant(
  ledger: Pick<Ledger, 'open' | 'observerState'>,
  observers: Iterable<string>,
): Instant {
  const horizons = [...observers].map((name) => ledger.observerState(name)?.horizon ?? -Infinity);
  let newest = horizons.reduce((latest, at) => Math.max(latest, at), -Infinity);
  for (const { launch, acceptance } of ledger.open()) {
    newest = Math.max(newest, launch.launchedAt, acceptance?.at.high ?? -Infinity);
  }
  return newest;
}
