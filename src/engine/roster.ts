import type { Instant } from '../base/clock.ts';
import {
  acceptedAt,
  acceptedByNow,
  firstSighting,
  isAccepted,
  isMissing,
  latencyOf,
  outcomeOf,
  type Canary,
} from '../domain/canary.ts';
import { halfWidth, midpoint } from '../domain/latency.ts';
import type { LossFigures } from '../domain/loss/figures.ts';
import { counts } from '../domain/probe.ts';
import {
  createSinglePause,
  type Cadence,
  type Maintenance,
  type Pause,
} from '../domain/schedule.ts';
import { frontOf, isDecidedAlike, stuckAfter } from '../domain/stage.ts';
import { compareOrder, orderKey, queueOf, type OrderKey } from '../domain/series.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { CanaryGlimpse, ProbeStatus } from './control.ts';
import type { Order } from './order.ts';

/** Canaries shown beside a probe, and of all probes together (some 3 kB each), but a few of each. */
export const LATEST = 30;
const LATEST_IN_ALL = 5_000;
const FEWEST = 4;

/** How many of its latest canaries each of so many probes remembers. */
export function remembered(probes: number): number {
  return Math.max(FEWEST, Math.min(LATEST, Math.floor(LATEST_IN_ALL / probes)));
}

/** A probe as it is configured. */
export interface Assignment {
  readonly order: Order;
  readonly cadence: Cadence;
  /** Pauses that the configuration foresees. */
  readonly maintenance: readonly Maintenance[];
}

/** What is known of a configured probe besides its open canaries; changes with each event. */
export interface Entry {
  assignment: Assignment;
  readonly activatedAt: Instant;
  /** The last one that somebody asked for; it may have ended. */
  pause: Pause | null;
  /** Those before it, oldest first. */
  earlierPauses: readonly Pause[];
  /** The tick served last: that of the newest accepted scheduled canary. */
  servedTick: Instant | null;
  newestIngested: OrderKey | undefined;
  newestAcceptedAt: Instant | null;
  lastLatency: ProbeStatus['lastLatency'];
  latest: readonly CanaryGlimpse[];
}

/** The entry of a probe from what the ledger remembers of it. */
export async function openEntry(
  assignment: Assignment,
  ledger: Pick<Ledger, 'activate' | 'newest'>,
): Promise<Entry> {
  const { probe, vantage } = assignment.order.route;
  const { activatedAt, pause, earlierPauses } = await ledger.activate(probe, vantage);
  const { accepted, ingested } = await ledger.newest(probe, vantage);
  return {
    assignment,
    activatedAt,
    pause,
    earlierPauses,
    servedTick: accepted?.launch.scheduledAt ?? null,
    newestIngested: ingested === undefined ? undefined : orderKey(ingested),
    newestAcceptedAt: accepted === undefined ? null : (acceptedAt(accepted)?.high ?? null),
    lastLatency: ingested === undefined ? null : latencyFigures(ingested),
    latest: [],
  };
}

/** Takes in what one of its canaries has become; remembers so many of the latest. */
export function note(entry: Entry, canary: Canary, limit: number = LATEST): void {
  const { id, kind, launchedAt, scheduledAt } = canary.launch;
  const others = entry.latest.filter((glimpse) => glimpse.id !== id);
  entry.latest = [{ id, kind, launchedAt, canary }, ...others]
    .sort((a, b) => b.launchedAt - a.launchedAt)
    .slice(0, limit);
  if (!counts(kind) || !isAccepted(canary)) return;
  const at = acceptedAt(canary)?.high ?? launchedAt;
  if (entry.newestAcceptedAt === null || at > entry.newestAcceptedAt) entry.newestAcceptedAt = at;
  if (scheduledAt !== null && scheduledAt > (entry.servedTick ?? -Infinity)) {
    entry.servedTick = scheduledAt;
  }
  noteArrival(entry, canary);
}

function noteArrival(entry: Entry, canary: Canary): void {
  const key = firstSighting(canary) === undefined ? undefined : orderKey(canary);
  if (key === undefined) return;
  const { newestIngested } = entry;
  if (newestIngested !== undefined && compareOrder(key, newestIngested) < 0) return;
  entry.newestIngested = key;
  entry.lastLatency = latencyFigures(canary);
}

/** Launches are expected after this: the last served tick, the last pause, and the activation. */
function expectedAfter(entry: Entry, now: Instant): Instant {
  const pauses = pausesOf(entry).flatMap((one) => one.before(now) ?? []);
  const { servedTick, activatedAt } = entry;
  return Math.max(servedTick ?? -Infinity, activatedAt, ...pauses.map(lastInstantOf));
}

/** A tick at the very end of a pause is no part of it; ticks are whole milliseconds. */
function lastInstantOf({ until }: Pause): Instant {
  return Math.ceil(until) - 1;
}

/** The first tick that is expected and not served, once it has come. */
export function oldestUnservedTick(entry: Entry, now: Instant): Instant | null {
  const tick = entry.assignment.cadence.next(expectedAfter(entry, now));
  return tick <= now ? tick : null;
}

/** The tick to be served now: the latest unserved one. */
export function latestUnservedTick(entry: Entry, now: Instant): Instant | null {
  return entry.assignment.cadence.latest(expectedAfter(entry, now), now);
}

/** The pause around an instant, by whomever; where there are two, the one that ends last. */
export function pauseAt(entry: PausedEntry, at: Instant): Pause | null {
  const pauses = pausesOf(entry).flatMap((one) => one.at(at) ?? []);
  return pauses.reduce<Pause | null>(
    (last, pause) => (last === null || pause.until > last.until ? pause : last),
    null,
  );
}

type PausedEntry = Pick<Entry, 'pause' | 'earlierPauses' | 'assignment'>;

function pausesOf({ pause, earlierPauses, assignment }: PausedEntry): readonly Maintenance[] {
  if (pause === null) return assignment.maintenance;
  return [...[pause, ...earlierPauses].map(createSinglePause), ...assignment.maintenance];
}

export interface StatusView {
  readonly entry: Entry;
  /** Open canaries of this probe. */
  readonly open: readonly Canary[];
  readonly horizon: Instant | null;
  /** The deciding observer cannot look: there never is a horizon. */
  readonly pushOnly?: boolean;
  readonly loss?: LossFigures;
  readonly now: Instant;
}

export function statusOf(view: StatusView): ProbeStatus {
  const { entry, open, horizon, loss, now } = view;
  const { order, cadence } = entry.assignment;
  const { intervalMs } = cadence;
  const queue = queueOf({
    // Nobody's looks say how old the others are, until they are void.
    open: open.filter(({ launch }) => isDecidedAlike(launch.route, order.route)),
    newest: entry.newestIngested,
    horizon: horizon ?? undefined,
    intervalMs,
  });
  const counted = open.filter((canary) => counts(canary.launch.kind));
  const pause = pauseAt(entry, now);
  return {
    route: order.route,
    to: order.to,
    policy: order.policy,
    intervalMs,
    activatedAt: entry.activatedAt,
    pause,
    nextLaunchAt: finite(cadence.next(pause === null ? now : lastInstantOf(pause))),
    oldestUnservedTick: pause === null ? oldestUnservedTick(entry, now) : null,
    // Before its first look, as if everything up to the activation had been seen.
    ...(view.pushOnly === true ? { pushOnly: true } : {}),
    horizon: view.pushOnly === true ? null : Math.max(horizon ?? -Infinity, entry.activatedAt),
    headAt: queue.head === undefined ? null : (acceptedByNow(queue.head)?.high ?? null),
    headWaiting: queue.headWaiting,
    stragglers: queue.stragglers,
    overdue: counted.filter((c) => isMissing(c) && c.settlement?.verdict === 'overdue').length,
    oldestInFlightAt: queue.oldestInFlight ?? null,
    newestIngestedAt: entry.newestIngested?.at ?? null,
    newestAcceptedAt: entry.newestAcceptedAt,
    inFlight: counted.filter((canary) => outcomeOf(canary) === 'in_flight').length,
    unjudged: counted.filter((c) => isAccepted(c) && c.settlement === null).length,
    lastLatency: entry.lastLatency,
    stages: frontOf(order.route).map((observer) => ({
      observer,
      stuck: counted.filter((canary) => stuckAfter(canary, horizon) === observer).length,
    })),
    loss: loss ?? null,
    latest: entry.latest,
  };
}

function finite(at: Instant): Instant | null {
  return at < Infinity ? at : null;
}

function latencyFigures(canary: Canary): ProbeStatus['lastLatency'] {
  const latency = latencyOf(canary);
  return latency === undefined ? null : { ms: midpoint(latency), errorMs: halfWidth(latency) };
}
