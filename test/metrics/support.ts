import fc from 'fast-check';
import { Registry, type OpenMetricsContentType } from 'prom-client';
import type { Clock } from '../../src/base/clock.ts';
import {
  apply,
  isAccepted,
  launchCanary,
  type Canary,
  type Fact,
} from '../../src/domain/canary.ts';
import { effectsOf, LAUNCH_EFFECTS, verdictOf, type LedgerEvent } from '../../src/domain/events.ts';
import type { Kind, Route } from '../../src/domain/probe.ts';
import { createMetrics, type Metrics, type MetricsTools } from '../../src/metrics/metrics.ts';
import type { MetricsSource, ProbeFigures } from '../../src/metrics/source.ts';
import { frontOf } from '../../src/domain/stage.ts';
import { aLaunch, POLICY, ROUTE, SECOND, T0 } from '../domain/samples.ts';
import { aFact } from '../support/arbitraries.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { parseOpenMetrics, type ParsedMetrics } from '../support/openmetrics.ts';

export const BUILD = { version: '1.2.3', revision: 'abc', node: 'v20.20.0' };

/** A probe that was activated at T0 and has done nothing since. */
export function aProbe(changes: Partial<ProbeFigures> = {}): ProbeFigures {
  return {
    route: ROUTE,
    policy: POLICY,
    intervalMs: 60 * SECOND,
    activatedAt: T0,
    pause: null,
    oldestUnservedTick: null,
    horizon: null,
    headAt: null,
    headWaiting: 0,
    stragglers: 0,
    oldestInFlightAt: null,
    newestIngestedAt: null,
    newestAcceptedAt: null,
    unjudged: 0,
    lastLatency: null,
    stages: [],
    loss: { evidenceLog10: 0, level: 'usual' as const, lastDay: { count: 0, of: 0 } },
    ...changes,
  };
}

export function aSource(changes: Partial<MetricsSource> = {}): MetricsSource {
  return {
    totals: { position: 0, totals: [] },
    probes: () => [aProbe()],
    observers: () => [
      {
        name: ROUTE.observer,
        type: 'imap',
        indexLagMs: 500,
        lookIntervalMs: 60 * SECOND,
        litter: 0,
      },
    ],
    senders: () => [{ name: ROUTE.sender, type: 'smtp' }],
    ledgerWritable: () => true,
    lossThresholds: () => ({ page: 1e6, ticket: 1e5 }),
    configReload: () => ({ successful: true, succeededAt: T0 }),
    ...changes,
  };
}

/** Stands still but for turns of the event loop. */
export function turningClock(onTurn: () => void = () => undefined): Clock {
  const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  return { ...createFakeClock(T0 + 1_000 * SECOND), sleep: () => turn().then(onTurn) };
}

/** Without prom-client's metrics, unless a registry is given. */
export function someMetrics(
  source: Partial<MetricsSource> = {},
  tools: Partial<MetricsTools> = {},
): Metrics {
  const registry = new Registry<OpenMetricsContentType>();
  const clock = turningClock();
  return createMetrics({ source: aSource(source), clock, build: BUILD, registry, ...tools });
}

/** The text of a scrape. */
export async function readText(metrics: Metrics): Promise<string> {
  return Buffer.concat((await metrics.scrape()).chunks).toString();
}

/** Scrapes and reads the answer strictly. */
export async function read(metrics: Metrics): Promise<ParsedMetrics> {
  return parseOpenMetrics(await readText(metrics));
}

/** An event of the ledger, by its effects. */
export function anEvent(position: number, event: Partial<LedgerEvent>): LedgerEvent {
  const fact = { type: 'launched' as const };
  return { position, at: T0, launch: aLaunch(), fact, effects: [], ...event };
}

export interface Script {
  readonly kinds: readonly Kind[];
  /** Facts about the canary of this index, modulo their number. */
  readonly steps: readonly (readonly [number, Fact])[];
}

export const aScript: fc.Arbitrary<Script> = fc.record({
  kinds: fc.array(fc.constantFrom('scheduled' as const, 'burst' as const, 'manual' as const), {
    minLength: 1,
    maxLength: 6,
  }),
  steps: fc.array(fc.tuple(fc.nat(), aFact), { maxLength: 40 }),
});

/** Two probes behind one sender, told apart by everything else. */
export const ROUTES: readonly Route[] = [
  ROUTE,
  {
    ...ROUTE,
    probe: 'own "box"\\',
    role: 'control',
    observer: 'mailbox',
    front: ['front'],
    vantage: 'eu\nwest',
  },
];

/** The events that a ledger would emit, with all records as they were after each of them. */
export interface History {
  readonly events: readonly LedgerEvent[];
  readonly records: readonly (readonly Canary[])[];
}

export function playScript({ kinds, steps }: Script): History {
  const canaries = kinds.map((kind, index) => {
    const route = ROUTES[index % ROUTES.length]!;
    return launchCanary(aLaunch({ id: `canary${index}`, sequence: index + 1, route, kind }));
  });
  const present: Canary[] = [];
  const events: LedgerEvent[] = [];
  const records: Canary[][] = [];
  const emit = (event: Omit<LedgerEvent, 'position' | 'at'>): void => {
    events.push({ position: events.length + 1, at: T0 + events.length, ...event });
    records.push([...present]);
  };
  for (const canary of canaries) {
    present.push(canary);
    emit({ launch: canary.launch, fact: { type: 'launched' }, effects: LAUNCH_EFFECTS });
  }
  for (const [number, fact] of steps) {
    const index = number % present.length;
    const before = present[index]!;
    const after = admit(before, fact);
    present[index] = after;
    emit({ launch: before.launch, fact, effects: effectsOf(before, after) });
  }
  return { events, records };
}

/** As the ledger does: the first judgement stands, all else joins. */
function admit(canary: Canary, fact: Fact): Canary {
  const judged = {
    settled: canary.settlement,
    suspected: canary.suspectedAt,
    written_off: canary.writtenOffAt,
    forgotten: canary.forgottenAt,
  };
  const isLate = fact.type in judged && judged[fact.type as keyof typeof judged] !== null;
  return isLate ? canary : apply(canary, fact);
}

/** What the engine would say of the two probes, from the records alone. */
export function figuresOf(records: readonly Canary[]): readonly ProbeFigures[] {
  return ROUTES.map((route) => {
    const unjudged = records.filter(
      (canary) =>
        canary.launch.kind !== 'manual' &&
        canary.launch.route.probe === route.probe &&
        isAccepted(canary) &&
        verdictOf(canary) === undefined,
    );
    const stages = frontOf(route).map((observer) => ({ observer, stuck: 0 }));
    return aProbe({ route, stages, unjudged: unjudged.length });
  });
}
