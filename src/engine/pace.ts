import type { Instant } from '../base/clock.ts';
import { acceptedAt, firstSighting, type Canary } from '../domain/canary.ts';
import { deadlinesOf } from '../domain/verdict.ts';
import type { Capabilities } from '../observers/observer.ts';

/** Every observer completes a look at least this often, in flight or not (semantics B2). */
export const LONGEST_PAUSE_MS = 60_000;
/** For this long after acceptance looks follow each other as fast as the observer allows. */
const EAGER_MS = 2_000;
/** Afterwards the pause grows with the age, so that looks are spaced geometrically: 5 % of the wait. */
const GROWTH = 1 / 20;
const CALM_PAUSE_MS = 1_000;
/** Looks for a deadline come this much after it, so that their horizon has surely passed it. */
export const DEADLINE_MARGIN_MS = 100;
/** Around a probe's usual latency looks are eager again: within this share of it, on both sides. */
const USUAL_SHARE = 0.1;

export interface PaceView {
  readonly now: Instant;
  readonly open: readonly Canary[];
  readonly capabilities: Capabilities;
  /** Median latency of the probe's latest arrivals, in milliseconds; undefined when there were none. */
  readonly usualMs: (probe: string) => number | undefined;
}

/**
 * How long to wait from the end of a look to the start of the next, in
 * milliseconds: quick while a canary is due, slow otherwise, and in time for
 * every deadline (semantics B2, B5).
 */
export function pauseBeforeLook(view: PaceView): number {
  const { now, capabilities } = view;
  const dues = view.open
    .filter((canary) => firstSighting(canary) === undefined && canary.refusal === null)
    .flatMap((canary) => [pauseByAge(canary, view), pauseToDeadline(canary, now, capabilities)]);
  return Math.max(capabilities.minPauseMs, Math.min(LONGEST_PAUSE_MS, ...dues));
}

function pauseByAge(canary: Canary, view: PaceView): number {
  // A dialogue may have handed the mail over before we hear so: it is due from its launch on.
  const since = acceptedAt(canary)?.high ?? canary.launch.launchedAt;
  const age = Math.max(0, view.now - since);
  if (age <= EAGER_MS) return 0;
  const usual = view.usualMs(canary.launch.route.probe);
  if (usual !== undefined && Math.abs(age - usual) <= usual * USUAL_SHARE) return 0;
  if (age > canary.launch.policy.lateAfterMs) return CALM_PAUSE_MS * Math.max(1, age / 3_600_000);
  return Math.min(CALM_PAUSE_MS, (age - EAGER_MS) * GROWTH);
}

function pauseToDeadline(canary: Canary, now: Instant, capabilities: Capabilities): number {
  const looks = deadlinesOf(canary)
    .map((deadline) => deadline + capabilities.indexLagMs + DEADLINE_MARGIN_MS - now)
    .filter((pauseMs) => pauseMs > 0);
  return Math.min(LONGEST_PAUSE_MS, ...looks);
}
