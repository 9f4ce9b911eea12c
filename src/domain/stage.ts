import type { Instant } from '../base/clock.ts';
import { acceptedByNow, isMissing, type Canary, type Passage } from './canary.ts';
import { afterSteps } from './clock-steps.ts';
import { latencyBetween, type Interval } from './latency.ts';
import type { Route } from './probe.ts';
import type { Sighting } from './sighting.ts';

/*
 * A probe may have observers in front of the deciding one (a mailbox that a helpdesk reads). What
 * they see tells how far a canary came, and when; it never touches verdict, head or lag (semantics B1).
 */

/** The observers of a route, those in front first, the deciding one last. */
export function chainOf(route: Route): readonly string[] {
  return [...frontOf(route), route.observer];
}

export function frontOf({ front }: Route): readonly string[] {
  return front ?? [];
}

/**
 * Whether looks that decide about one route can decide about the other: the same observer, looking into the same place. It never
 * could have seen what was on its way elsewhere, so its horizon proves nothing about that (truth 3).
 */
export function isDecidedAlike(a: Route, b: Pick<Route, 'observer' | 'site'>): boolean {
  return a.observer === b.observer && isOneSite(a.site, b.site);
}

/** What is not known, of older programs, is as it is now. */
export function isOneSite(a: string | undefined, b: string | undefined): boolean {
  return a === undefined || b === undefined || a === b;
}

/** The first evidence at an observer in front. */
export function passageAt(canary: Canary, observer: string): Sighting | undefined {
  return canary.passages.find((passage) => passage.observer === observer)?.sighting;
}

/** Whether an observer has to look for it: in front until it was seen there, at the deciding one while it is open. */
export function isExpectedAt(canary: Canary, observer: string): boolean {
  const { route } = canary.launch;
  if (route.observer === observer) return true;
  return frontOf(route).includes(observer) && passageAt(canary, observer) === undefined;
}

/** From the acceptance to the observer in front, in milliseconds; undefined while one of both is not known. */
export function stageLatency(canary: Canary, { sighting }: Passage): Interval | undefined {
  const accepted = acceptedByNow(canary);
  return accepted === undefined ? undefined : latencyBetween(accepted, sighting.ingested);
}

/**
 * The observer in front behind which it hangs: overdue, and a whole deadline after this one saw it (the last of them that did)
 * missing at the deciding one, by that one's horizon. What a relay held until its deadline has that much time behind it, too.
 */
export function stuckAfter(canary: Canary, horizon: Instant | null): string | undefined {
  const { route, policy } = canary.launch;
  if (horizon === null || canary.settlement?.verdict !== 'overdue' || !isMissing(canary)) {
    return undefined;
  }
  const last = frontOf(route).findLast((name) => passageAt(canary, name) !== undefined);
  const passedAt = last === undefined ? undefined : passageAt(canary, last)?.ingested.high;
  if (passedAt === undefined) return undefined;
  const dueAt = afterSteps(passedAt, canary.clockSteps) + policy.lateAfterMs;
  return horizon >= dueAt ? last : undefined;
}
