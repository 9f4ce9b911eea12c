import type { Instant } from '../base/clock.ts';
import { acceptedAt, firstSighting, type Canary } from '../domain/canary.ts';
import type { Capabilities } from '../observers/observer.ts';
import type { UsualLatency } from './usual.ts';

/** Every observer completes a look at least this often, in flight or not (semantics B2). */
export const LONGEST_PAUSE_MS = 60_000;

/** And oftener where a deadline is short: within a fifth of it, in milliseconds (semantics B2). */
export function lookIntervalMs(lateAfterMs: number): number {
  return Math.min(LONGEST_PAUSE_MS, lateAfterMs / 5);
}

/** For this long after acceptance looks follow each other as fast as the observer allows. */
const EAGER_MS = 2_000;
/** Afterwards the pause grows with the age, so that looks are spaced geometrically: 5 % of the wait. */
const GROWTH = 1 / 20;
const CALM_PAUSE_MS = 1_000;
const GROWN_AGE_MS = EAGER_MS + CALM_PAUSE_MS / GROWTH;
/** Looks for a deadline come this much after it, so that their horizon has surely passed it. */
export const DEADLINE_MARGIN_MS = 100;
/** Around a probe's usual latency looks are eager again: within this share of it, on both sides. */
const USUAL_SHARE = 0.1;

export interface PaceView {
  readonly now: Instant;
  /** Oldest launch first. */
  readonly open: readonly Canary[];
  /** The next of their deadlines for which no look has been planned yet. */
  readonly deadline: Instant | undefined;
  readonly capabilities: Capabilities;
  /** A look comes at least this often, whatever is open. */
  readonly everyMs: number;
  /** How long each probe's canaries usually take. */
  readonly usual: Pick<UsualLatency, 'of' | 'longest'>;
}

/**
 * How long to wait from the end of a look to the start of the next, in
 * milliseconds: quick while a canary is due, slow otherwise, and in time for
 * every deadline (semantics B2, B5).
 */
export function pauseBeforeLook(view: PaceView): number {
  const { now, deadline, everyMs, capabilities } = view;
  const untilDeadline = deadline === undefined ? Infinity : lookFor(deadline, capabilities) - now;
  const pauseMs = Math.min(everyMs, untilDeadline, shortestPause(view));
  return Math.max(capabilities.minPauseMs, pauseMs);
}

/** When a look surely has a horizon past a deadline (semantics B2). */
export function lookFor(deadline: Instant, { indexLagMs }: Capabilities): Instant {
  return deadline + indexLagMs + DEADLINE_MARGIN_MS;
}

/** From the newest back to where the pause has stopped growing and nothing is usual: outages are long. */
function shortestPause(view: PaceView): number {
  const { now, open, usual } = view;
  const span = Math.max(GROWN_AGE_MS, usual.longest() * (1 + USUAL_SHARE));
  let shortest = LONGEST_PAUSE_MS;
  for (let index = open.length - 1; index >= 0 && shortest > 0; index -= 1) {
    const canary = open[index];
    if (canary === undefined || firstSighting(canary) !== undefined || canary.refusal !== null) {
      continue;
    }
    shortest = Math.min(shortest, pauseByAge(canary, view));
    if (now - canary.launch.launchedAt > span) break;
  }
  return shortest;
}

function pauseByAge(canary: Canary, view: PaceView): number {
  // A dialogue may have handed the mail over before we hear so: it is due from its launch on.
  const since = acceptedAt(canary)?.high ?? canary.launch.launchedAt;
  const age = Math.max(0, view.now - since);
  if (age <= EAGER_MS) return 0;
  const usual = view.usual.of(canary.launch.route.probe);
  if (usual !== undefined && Math.abs(age - usual) <= usual * USUAL_SHARE) return 0;
  if (age > canary.launch.policy.lateAfterMs) return CALM_PAUSE_MS * Math.max(1, age / 3_600_000);
  return Math.min(CALM_PAUSE_MS, (age - EAGER_MS) * GROWTH);
}
