import type { Instant } from '../base/clock.ts';
import {
  acceptedAt,
  acceptedByNow,
  firstSighting,
  isAccepted,
  isMissing,
  type Canary,
} from './canary.ts';
import { counts, type Route } from './probe.ts';

/** Acceptance instant (of a sighted in-doubt canary: end of DATA, else launch), ties by sequence (semantics A7). */
export interface OrderKey {
  readonly at: Instant;
  readonly sequence: number;
}

export function orderKey(canary: Canary): OrderKey | undefined {
  if (!isAccepted(canary)) return undefined;
  const accepted = acceptedAt(canary);
  if (accepted === undefined) return undefined;
  const at = canary.acceptance === null ? accepted.low : accepted.high;
  return { at, sequence: canary.launch.sequence };
}

export function compareOrder(a: OrderKey, b: OrderKey): number {
  return a.at - b.at || a.sequence - b.sequence;
}

/** Whether two routes are of one series, as canaries keep it (semantics A10): a probe that got another relay begins anew. */
export function isOneSeries(a: Route, b: Route): boolean {
  const isOneProbe = a.probe === b.probe && a.vantage === b.vantage;
  return isOneProbe && a.role === b.role && a.sender === b.sender;
}

/** The greatest order key of all ingested canaries; misfiled ones clear the head too: mail flows. */
export function newestIngested(canaries: Iterable<Canary>): OrderKey | undefined {
  let newest: OrderKey | undefined;
  for (const canary of canaries) {
    const key = firstSighting(canary) === undefined ? undefined : orderKey(canary);
    if (key === undefined || !counts(canary.launch.kind)) continue;
    if (newest === undefined || compareOrder(key, newest) > 0) newest = key;
  }
  return newest;
}

export interface Queue {
  /** The oldest accepted, missing, not void canary that is newer than the newest ingested one. */
  readonly head: Canary | undefined;
  /** Missing ones at or after the head that are older than suspect_after by the horizon. */
  readonly headWaiting: number;
  /** Missing ones that a newer arrival overtook, whose deadline the horizon passed not long ago. */
  readonly stragglers: number;
  readonly oldestInFlight: Instant | undefined;
}

export interface QueueView {
  /** Accepted canaries of one series that are not seen yet; others are passed over. */
  readonly open: Iterable<Canary>;
  /** Never falls, so it is handed in rather than found among the open ones. */
  readonly newest: OrderKey | undefined;
  readonly horizon: Instant | undefined;
  /** Time between launches of the probe, in milliseconds. */
  readonly intervalMs: number;
}

const STRAGGLER_WINDOW_MS = 20 * 60_000;

/** For so long after its deadline a missing canary is a straggler, in milliseconds. */
export function stragglerWindowMs(intervalMs: number): number {
  return Math.max(STRAGGLER_WINDOW_MS, 4 * intervalMs);
}

/** Who waits, and for how long: the figures behind lag and straggler alerts (semantics A7). */
export function queueOf(view: QueueView): Queue {
  const waiting = [...view.open]
    .filter((canary) => isMissing(canary) && isExpected(canary))
    .map((canary) => ({ canary, key: orderKey(canary) }))
    .filter((entry): entry is { canary: Canary; key: OrderKey } => entry.key !== undefined)
    .sort((a, b) => compareOrder(a.key, b.key));
  const { newest, horizon } = view;
  const isBehind = (key: OrderKey): boolean =>
    newest !== undefined && compareOrder(key, newest) < 0;
  const ahead = waiting.filter(({ key }) => newest === undefined || compareOrder(key, newest) > 0);
  const agedBy = (entry: { canary: Canary; key: OrderKey }, afterMs: number): number =>
    horizon === undefined ? -1 : horizon - sinceOf(entry) - afterMs;
  const window = stragglerWindowMs(view.intervalMs);
  return {
    head: ahead[0]?.canary,
    headWaiting: ahead.filter((e) => agedBy(e, e.canary.launch.policy.suspectAfterMs) >= 0).length,
    stragglers: waiting.filter((e) => {
      const overdueFor = agedBy(e, e.canary.launch.policy.lateAfterMs);
      return isBehind(e.key) && overdueFor >= 0 && overdueFor < window;
    }).length,
    oldestInFlight: waiting[0] === undefined ? undefined : sinceOf(waiting[0]),
  };
}

/** Since when it waits, on our clock as it is now; the order is that of the clock as it was. */
function sinceOf({ canary, key }: { readonly canary: Canary; readonly key: OrderKey }): Instant {
  return acceptedByNow(canary)?.high ?? key.at;
}

function isExpected(canary: Canary): boolean {
  return counts(canary.launch.kind) && canary.settlement?.verdict !== 'void';
}
