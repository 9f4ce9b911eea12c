import type { Instant } from '../../src/base/clock.ts';
import { apply, launchCanary, type Canary, type Fact } from '../../src/domain/canary.ts';
import type {
  CanaryGlimpse,
  ObserverStatus,
  ProbeStatus,
  Readiness,
} from '../../src/engine/control.ts';
import type { StatusModel } from '../../src/server/views/status-model.ts';
import { TEST_POLICY, TEST_ROUTE, testLaunch } from '../support/test-launch.ts';

export const SECOND = 1_000;
export const MINUTE = 60_000;
export const NOW: Instant = Date.UTC(2026, 10, 24, 2, 30, 0);

/** A probe of which all is well. */
export function aProbe(changes: Partial<ProbeStatus> = {}): ProbeStatus {
  return {
    route: TEST_ROUTE,
    to: 'support@example.com',
    policy: TEST_POLICY,
    intervalMs: MINUTE,
    activatedAt: NOW - 86_400_000,
    pause: null,
    nextLaunchAt: NOW + 20 * SECOND,
    oldestUnservedTick: null,
    horizon: NOW - SECOND,
    headAt: null,
    headWaiting: 0,
    stragglers: 0,
    overdue: 0,
    oldestInFlightAt: null,
    newestIngestedAt: NOW - 40 * SECOND,
    newestAcceptedAt: NOW - 40 * SECOND,
    inFlight: 0,
    unjudged: 0,
    lastLatency: { ms: 3_240, errorMs: 120 },
    stages: [],
    loss: { evidenceLog10: 1.9, level: 'usual' as const, lastDay: { count: 0, of: 1_440 } },
    latest: [],
    ...changes,
  };
}

export function anObserver(changes: Partial<ObserverStatus> = {}): ObserverStatus {
  return {
    name: 'helpdesk',
    type: 'imap',
    horizon: NOW - SECOND,
    indexLagMs: 0,
    lookIntervalMs: MINUTE,
    lastLookAt: NOW - SECOND,
    failure: null,
    ...changes,
  };
}

export const READY: Readiness = { ready: true, checks: [{ name: 'ledger', ok: true, detail: '' }] };

export function aModel(changes: Partial<StatusModel> = {}): StatusModel {
  return {
    now: NOW,
    startedAt: NOW - 3_600_000,
    vantage: 'default',
    probes: [aProbe()],
    observers: [anObserver()],
    readiness: READY,
    ...changes,
  };
}

export type Fates = 'on_time' | 'late' | 'misfiled' | 'waiting' | 'overdue' | 'lost' | 'unsent';

/** A canary of a minute ago, times `age`, with this fate. */
export function aCanary(fate: Fates, age = 1): Canary {
  const launchedAt = NOW - age * MINUTE;
  const launch = testLaunch({ launchedAt, sequence: 1_000 - age });
  return factsOf(fate, launchedAt).reduce(apply, launchCanary(launch));
}

export function glimpse(canary: Canary): CanaryGlimpse {
  const { id, kind, launchedAt } = canary.launch;
  return { id, kind, launchedAt, canary };
}

/** The latest canaries of a probe, newest first. */
export function glimpses(fates: readonly Fates[]): readonly CanaryGlimpse[] {
  return fates.map((fate, index) => glimpse(aCanary(fate, index + 1)));
}

export function factsOf(fate: Fates, launchedAt: Instant): readonly Fact[] {
  const at = { low: launchedAt + 30, high: launchedAt + 48 };
  const accepted: Fact = {
    type: 'accepted',
    acceptance: { at, queueId: '4XyZ1q2', serverMessageId: null },
  };
  const settled = (verdict: 'on_time' | 'overdue' | 'misfiled', horizon: Instant | null): Fact => ({
    type: 'settled',
    settlement: { verdict, at: launchedAt + 600_100, horizon },
  });
  const suspected: Fact = { type: 'suspected', at: launchedAt + 180_100 };
  switch (fate) {
    case 'on_time': {
      const seen = sighted(launchedAt + 3_300, 'inbox');
      const at = launchedAt + 3_302;
      return [
        accepted,
        seen,
        { type: 'settled', settlement: { verdict: 'on_time', at, horizon: null } },
      ];
    }
    case 'late':
      return [
        accepted,
        suspected,
        settled('overdue', launchedAt + 600_050),
        sighted(launchedAt + 840_000, 'inbox'),
      ];
    case 'misfiled':
      return [accepted, sighted(launchedAt + 4_100, 'spam'), settled('misfiled', null)];
    case 'waiting':
      return [accepted];
    case 'overdue':
      return [accepted, suspected, settled('overdue', launchedAt + 600_050)];
    case 'lost':
      return [
        ...factsOf('overdue', launchedAt),
        { type: 'written_off', at: launchedAt + 21_600_100 },
      ];
    case 'unsent':
      return [
        {
          type: 'refused',
          refusal: {
            at: launchedAt + 90,
            reason: 'refused',
            code: 451,
            detail: '4.7.1 greylisted, come back later',
          },
        },
      ];
  }
}

function sighted(at: Instant, place: 'inbox' | 'spam'): Fact {
  return {
    type: 'sighted',
    sighting: {
      externalId: `${place}:1:7`,
      place,
      ingested: { low: at - 240, high: at },
      seenAt: at,
      stamp: null,
      hops: [
        {
          from: 'monitor.example.net',
          by: 'relay.example.net',
          seconds: null,
          clockSuspect: false,
        },
        { from: 'relay.example.net', by: 'mx1.example.com', seconds: 1, clockSuspect: false },
        { from: 'mx1.example.com', by: 'store.example.com', seconds: -2, clockSuspect: true },
      ],
      foreignMessageId: null,
    },
  };
}
