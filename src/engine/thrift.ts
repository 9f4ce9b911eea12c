import type { Instant } from '../base/clock.ts';
import { acceptedAt, firstSighting, type Canary } from '../domain/canary.ts';
import type { Capabilities, Metered } from '../observers/observer.ts';
import { lookFor, LONGEST_PAUSE_MS } from './pace.ts';

/** The next look at an observer whose looks cost. */
export interface Plan {
  readonly pauseMs: number;
  /** For a look at this very moment, the places where canaries usually arrive are enough. */
  readonly quick: boolean;
}

export interface ThriftView {
  readonly now: Instant;
  readonly open: readonly Canary[];
  /** The next of their deadlines that no complete look has passed. */
  readonly deadline: Instant | undefined;
  readonly capabilities: Capabilities;
  readonly metered: Metered;
  /** A complete look comes at least this often, whatever is open. */
  readonly everyMs: number;
  /** Start of the latest look, and of the latest complete one; undefined when there was none. */
  readonly lookedAt: Instant | undefined;
  readonly completedAt: Instant | undefined;
  /** End of the latest look. */
  readonly endedAt: Instant | undefined;
  /** Age at which a probe's canaries are usually visible, in milliseconds. */
  readonly dueAfterMs: (probe: string) => number;
}

/** A canary that was not there yet is looked for again after a fifth of its age, within these bounds. */
const GROWTH = 1 / 5;
const SHORTEST_GAP_MS = 5_000;
const LONGEST_GAP_MS = 15_000;
/**
 * A look is complete where the next complete one is due within this share of the interval, though that costs a
 * request more: it then comes at the age at which canaries become visible, and so do those a minute later.
 */
const SOON = 5 / 6;

/**
 * Where requests are counted, a look is worth its price when a canary is
 * likely to be visible that was not at the look before, when a deadline has
 * passed, and once a minute anyway (semantics B2). Looks in between would not
 * make a latency more exact: the stamp does that, or a lagging index spoils it.
 */
export function planLook(view: ThriftView): Plan {
  const { now, capabilities, metered } = view;
  const everyMs = Math.min(view.everyMs, metered.lookEveryMs);
  const complete = view.completedAt === undefined ? now : view.completedAt + everyMs;
  const waiting = view.open.filter(
    (canary) => firstSighting(canary) === undefined && canary.refusal === null,
  );
  const deadline = view.deadline === undefined ? Infinity : lookFor(view.deadline, capabilities);
  const useful = earliest(waiting.map((canary) => nextUsefulLook(canary, view)));
  const at = Math.min(complete, deadline, useful);
  const floor = (view.endedAt ?? -Infinity) + shortestRest(capabilities);
  const start = Math.max(now, floor, at);
  const isOld = waiting.some((canary) => isSuspect(canary, now));
  const quick = !isOld && now < deadline && complete - now > everyMs * SOON;
  return { pauseMs: start - now, quick };
}

/** From the end of a look to the next one, at least, in milliseconds. */
export function shortestRest({ minPauseMs, metered }: Capabilities): number {
  return Math.max(minPauseMs, metered?.restMs?.() ?? 0);
}

/** Not `Math.min(...)`: after a long outage there are more of them than a call may have arguments. */
function earliest(instants: readonly Instant[]): Instant {
  return instants.reduce((least, instant) => Math.min(least, instant), Infinity);
}

/** For its own sake: when it is usually visible, then again and again, more seldom the older it is. */
function nextUsefulLook(canary: Canary, view: ThriftView): Instant {
  const since = waitsSince(canary);
  const due = since + view.dueAfterMs(canary.launch.route.probe);
  const { lookedAt } = view;
  if (lookedAt === undefined || lookedAt < due) return due;
  const age = lookedAt - since;
  if (age > canary.launch.policy.lateAfterMs) return lookedAt + LONGEST_PAUSE_MS;
  return lookedAt + Math.min(LONGEST_GAP_MS, Math.max(SHORTEST_GAP_MS, age * GROWTH));
}

/** Then every look reads every place (semantics B2). */
function isSuspect(canary: Canary, at: Instant): boolean {
  return at >= waitsSince(canary) + canary.launch.policy.suspectAfterMs;
}

function waitsSince(canary: Canary): Instant {
  return acceptedAt(canary)?.high ?? canary.launch.launchedAt;
}
