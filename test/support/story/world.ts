import {
  apply,
  isMissing,
  launchCanary,
  type Canary,
  type Fact,
} from '../../../src/domain/canary.ts';
import { effectsOf, LAUNCH_EFFECTS, type LedgerEvent } from '../../../src/domain/events.ts';
import { bracket } from '../../../src/domain/latency.ts';
import { culpritsOf, type Culprit } from '../../../src/domain/culprit.ts';
import { lossEntry } from '../../../src/domain/loss/entry.ts';
import { lossFigures } from '../../../src/domain/loss/figures.ts';
import { canariesAYear, lossModel, USUAL_LOSS } from '../../../src/domain/loss/statistic.ts';
import { LossTrail } from '../../../src/domain/loss/trail.ts';
import { createCalendarCadence, createGrid, type Cadence } from '../../../src/domain/schedule.ts';
import { abandon, judge } from '../../../src/domain/verdict.ts';
import {
  latestUnservedTick,
  note,
  pauseAt,
  statusOf,
  type Entry,
} from '../../../src/engine/roster.ts';
import { createMetrics, type Metrics } from '../../../src/metrics/metrics.ts';
import type { ProbeStatus } from '../../../src/engine/control.ts';
import type { ObserverFigures } from '../../../src/metrics/source.ts';
import { POLICY } from '../../domain/samples.ts';
import { BUILD, turningClock } from '../../metrics/support.ts';
import { Registry, type OpenMetricsContentType } from 'prom-client';
import { arrives, within, type Fate, type Story, type StoryProbe } from './story.ts';

const SECOND = 1_000;
/** The dialogue of a canary takes so long. */
const SMTP_MS = 100;
const LOOK_INTERVAL_MS = 60_000;

/** The monitors of one vantage: what they share, played by the rules of the domain. */
export interface World {
  /** Lives on to this second. */
  step(at: number): void;
  metrics: Metrics;
  /** Whom the domain blames now, by probe. */
  culprits(): ReadonlyMap<string, Culprit>;
}

interface Flight {
  canary: Canary;
  readonly fate: Fate;
  readonly probe: StoryProbe;
}

export function createWorld(story: Story, vantage: string): World {
  const { indexLag = 0 } = story;
  const roster = new Map<string, { probe: StoryProbe; entry: Entry; tried: number }>();
  const trails = new Map<string, LossTrail>();
  const model = lossModel({
    usual: USUAL_LOSS,
    canariesAYear: canariesAYear(story.probes.map(({ every = 60 }) => every * SECOND)),
  });
  const flights: Flight[] = [];
  let open: Flight[] = [];
  let now = 0;
  let position = 0;
  let horizon: number | null = null;

  const metrics = createMetrics({
    source: {
      totals: { position: 0, totals: [] },
      probes: () => figures(),
      observers: () => observersOf(story),
      senders: () =>
        [...new Set(story.probes.map(senderOf))].map((name) => ({ name, type: 'smtp' })),
      ledgerWritable: () => true,
      lossThresholds: () => model,
      configReload: () => ({ successful: true, succeededAt: 0 }),
    },
    clock: { ...turningClock(), now: () => now, skewMs: () => 0 },
    build: BUILD,
    registry: new Registry<OpenMetricsContentType>(),
  });

  function figures(): ProbeStatus[] {
    return [...roster.values()].map(({ entry, probe: { pushOnly = false } }) => {
      const own = open.map(({ canary }) => canary);
      const { probe } = entry.assignment.order.route;
      return statusOf({
        entry,
        open: own.filter((canary) => canary.launch.route.probe === probe),
        ...{ horizon: pushOnly ? null : horizon, pushOnly },
        loss: lossFigures(trails.get(probe), model, { now, policy: entry.assignment.order.policy }),
        now,
      });
    });
  }

  function emit(flight: Flight, fact: Fact): void {
    const before = flight.canary;
    flight.canary = apply(before, fact);
    log({ launch: before.launch, fact, effects: effectsOf(before, flight.canary) });
    const { probe } = before.launch.route;
    const trail = trails.get(probe) ?? new LossTrail();
    trails.set(probe, trail);
    trail.change(lossEntry(before), lossEntry(flight.canary));
    const entry = roster.get(probe)?.entry;
    if (entry !== undefined) note(entry, flight.canary, 4);
  }

  function log(event: Omit<LedgerEvent, 'position' | 'at'>): void {
    position += 1;
    metrics.onEvent({ position, at: now, ...event });
  }

  function launch(name: string, tick: number): void {
    const { probe, entry } = roster.get(name)!;
    const { order } = entry.assignment;
    const sequence = flights.length + 1;
    const canary = launchCanary({
      ...{ id: `canary${sequence}`, token: `canary${sequence}`, sequence, kind: 'scheduled' },
      ...{ route: order.route, policy: order.policy, scheduledAt: tick, launchedAt: now },
    });
    const second = tick / SECOND;
    const fate = (probe.fate ?? ((at: number) => arrives(at + 5)))(second, vantage);
    const flight = { canary, fate, probe };
    flights.push(flight);
    open.push(flight);
    log({ launch: canary.launch, fact: { type: 'launched' }, effects: LAUNCH_EFFECTS });
    const at = now + SMTP_MS;
    emit(
      flight,
      fate.answer === 'refused'
        ? { type: 'refused', refusal: { at, reason: 'refused', code: 451, detail: 'no' } }
        : {
            type: 'accepted',
            acceptance: { at: { low: at, high: at }, queueId: null, serverMessageId: null },
          },
    );
  }

  function look(): void {
    const before = horizon;
    horizon = now - indexLag * SECOND;
    for (const flight of open) {
      const { fate, canary } = flight;
      if (fate.answer === 'refused' || fate.arrivesAt === null || !isMissing(canary)) continue;
      if (fate.arrivesAt * SECOND > now - indexLag * SECOND) continue;
      const notBefore = canary.acceptance?.at.low ?? canary.launch.launchedAt;
      const seenUpTo = flight.probe.pushOnly === true ? null : before;
      const ingested = bracket({ horizon: seenUpTo ?? undefined, lookEnd: now, notBefore });
      const { place = 'inbox', copies = 1 } = fate;
      const rest = { seenAt: now, stamp: null, hops: [], foreignMessageId: null };
      emit(flight, {
        type: 'sighted',
        sighting: { externalId: canary.launch.id, place, ingested, ...rest },
      });
      if (copies > 1) emit(flight, { type: 'copied', at: now, copies });
    }
  }

  /** What observers in front see. */
  function pass(): void {
    for (const flight of open) {
      const { fate, canary, probe } = flight;
      const { front } = probe;
      if (front === undefined || fate.answer === 'refused' || canary.passages.length > 0) continue;
      const passesAt = (fate.passesAt ?? canary.launch.launchedAt / SECOND + 5) * SECOND;
      if (passesAt > now) continue;
      const rest = { seenAt: now, stamp: null, hops: [], foreignMessageId: null };
      const ingested = { low: passesAt, high: now };
      const sighting = { externalId: canary.launch.id, place: 'inbox', ingested, ...rest } as const;
      emit(flight, { type: 'passed', passage: { observer: front, sighting } });
    }
  }

  function settle(): void {
    for (const flight of open) {
      const { canary, probe } = flight;
      const isThere = roster.has(probe.name);
      const seenUpTo = probe.pushOnly === true ? null : horizon;
      const outlook = { horizon: seenUpTo ?? undefined, now, wasPaused: pausedOf(flight) };
      const facts = isThere ? judge(canary, outlook) : abandon(canary, now);
      for (const fact of facts) emit(flight, fact);
    }
    open = open.filter(({ canary: c }) => isOpen(c));
  }

  function pausedOf({ probe }: Flight) {
    return (at: number): boolean => within(probe.paused, at / SECOND);
  }

  function reconfigure(at: number): void {
    for (const probe of story.probes) {
      const isThere = probe.configured === undefined || within(probe.configured, at);
      if (!isThere) {
        roster.delete(probe.name);
        trails.delete(probe.name);
      } else if (!roster.has(probe.name)) {
        roster.set(probe.name, { probe, entry: entryOf(probe, vantage, now), tried: -Infinity });
      }
    }
  }

  function schedule(at: number): void {
    for (const one of roster.values()) {
      const { probe, entry } = one;
      const span = probe.paused?.find((each) => within([each], at));
      if (span !== undefined) {
        entry.pause = { since: span[0] * SECOND, until: span[1] * SECOND, reason: 'story' };
      }
      const tick = pauseAt(entry, now) === null ? latestUnservedTick(entry, now) : null;
      if (tick === null || tick <= one.tried) continue;
      one.tried = tick;
      launch(probe.name, tick);
    }
  }

  function isBlind(name: string): boolean {
    const entry = roster.get(name)?.entry;
    if (entry === undefined) return false;
    const { lateAfterMs } = entry.assignment.order.policy;
    const seen = Math.max(horizon ?? entry.activatedAt, entry.activatedAt);
    return now - seen > lateAfterMs + indexLag * SECOND + LOOK_INTERVAL_MS;
  }

  return {
    metrics,
    culprits: () =>
      culpritsOf(figures(), { now, monitorFails: false, isBlind, isMisfiling: () => false }),
    step(at) {
      now = at * SECOND;
      reconfigure(at);
      schedule(at);
      pass();
      const { blind } = story;
      const spans = Array.isArray(blind) ? blind : blindOf(blind, vantage);
      if (!within(spans, at)) look();
      settle();
    },
  };
}

function blindOf(blind: Story['blind'], vantage: string) {
  if (blind === undefined || Array.isArray(blind)) return undefined;
  return (blind as Readonly<Record<string, readonly (readonly [number, number])[]>>)[vantage];
}

function isOpen(canary: Canary): boolean {
  if (canary.refusal !== null || canary.forgottenAt !== null) return false;
  return isMissing(canary) || canary.settlement === null;
}

function senderOf({ sender = 'relay' }: StoryProbe): string {
  return sender;
}

function observerOf({ observer = 'helpdesk' }: StoryProbe): string {
  return observer;
}

function observersOf(story: Story): ObserverFigures[] {
  const { indexLag = 0 } = story;
  return [...new Set(story.probes.map(observerOf))].map((name) => ({
    ...{ name, type: 'imap', litter: 0 },
    ...{ indexLagMs: indexLag * SECOND, lookIntervalMs: LOOK_INTERVAL_MS },
  }));
}

function entryOf(probe: StoryProbe, vantage: string, now: number): Entry {
  const { name, role = 'target', every = 60, ticks, policy } = probe;
  const sender = senderOf(probe);
  const front = probe.front === undefined ? {} : { front: [probe.front] };
  const route = { probe: name, role, sender, observer: observerOf(probe), vantage, ...front };
  return {
    assignment: {
      order: {
        route: { ...route, path: '', shape: 'plain' },
        ...{ from: 'a@example.org', to: 'b@example.com', profile: 'plain', launchWindowMs: 0 },
        policy: { ...POLICY, ...policy },
      },
      cadence: ticks === undefined ? createGrid(every * SECOND, 0) : cadenceOf(ticks, every),
      maintenance: [],
    },
    // A grid has a tick at its very start, which an activation does not serve.
    activatedAt: now - 1,
    pause: null,
    earlierPauses: [],
    servedTick: null,
    newestIngested: undefined,
    newestAcceptedAt: null,
    lastLatency: null,
    latest: [],
  };
}

function cadenceOf(ticks: readonly number[], every: number): Cadence {
  const calendar = createCalendarCadence(
    { next: (after) => ticks.map((tick) => tick * SECOND).find((tick) => tick > after) },
    -1,
  );
  return { ...calendar, intervalMs: every * SECOND };
}
