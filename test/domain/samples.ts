import type { Instant } from '../../src/base/clock.ts';
import {
  apply,
  launchCanary,
  type Canary,
  type Fact,
  type Launch,
} from '../../src/domain/canary.ts';
import type { Interval } from '../../src/domain/latency.ts';
import type { Policy, Route } from '../../src/domain/probe.ts';
import type { Place, Sighting } from '../../src/domain/sighting.ts';
import { judge, type Outlook } from '../../src/domain/verdict.ts';

export const SECOND = 1_000;
export const MINUTE = 60_000;
export const HOUR = 3_600_000;
/** Most canaries of the tests are accepted at this very instant. */
export const T0: Instant = Date.UTC(2026, 10, 24, 2, 0, 0);

/** The defaults of the configuration. */
export const POLICY: Policy = {
  suspectAfterMs: 3 * MINUTE,
  lateAfterMs: 10 * MINUTE,
  lostAfterMs: 6 * HOUR,
  forgetAfterMs: 72 * HOUR,
};

export const ROUTE: Route = {
  probe: 'support',
  role: 'target',
  sender: 'relay',
  observer: 'helpdesk',
  vantage: 'default',
  path: '',
  shape: 'automatic',
};

export function aLaunch(changes: Partial<Launch> = {}): Launch {
  return {
    id: 'id',
    token: 'token',
    sequence: 1,
    route: ROUTE,
    kind: 'scheduled',
    policy: POLICY,
    scheduledAt: T0 - SECOND,
    launchedAt: T0 - SECOND,
    ...changes,
  };
}

/** The record of a canary about which these facts are known. */
export function known(facts: readonly Fact[], changes: Partial<Launch> = {}): Canary {
  return withFacts(launchCanary(aLaunch(changes)), facts);
}

export function withFacts(canary: Canary, facts: readonly Fact[]): Canary {
  return facts.reduce(apply, canary);
}

/** The record after the judge has spoken and the ledger has written it down. */
export function judged(canary: Canary, outlook: Outlook): Canary {
  return withFacts(canary, judge(canary, outlook));
}

/** An instant or a span on both sides of one, as an interval. */
export function span(low: Instant, high: Instant = low): Interval {
  return { low, high };
}

export function accepted(at: Interval = span(T0)): Fact {
  return { type: 'accepted', acceptance: { at, queueId: '4Xy1', serverMessageId: null } };
}

export function refused(at: Instant = T0, code: number | null = 451): Fact {
  return { type: 'refused', refusal: { at, reason: 'refused', code, detail: 'no' } };
}

export function doubted(at: Interval = span(T0, T0 + 5 * SECOND)): Fact {
  return { type: 'doubted', doubt: { at, reason: 'timeout', detail: 'no answer' } };
}

export function sighting(ingested: Interval, changes: Partial<Sighting> = {}): Sighting {
  return {
    externalId: 'INBOX:1:7',
    place: 'inbox',
    ingested,
    seenAt: ingested.high,
    stamp: null,
    hops: [],
    foreignMessageId: null,
    ...changes,
  };
}

export function sighted(ingested: Interval, changes: Partial<Sighting> = {}): Fact {
  return { type: 'sighted', sighting: sighting(ingested, changes) };
}

/** A sighting this many seconds after {@link T0}, in a place of its own external id. */
export function seenIn(place: Place, low: number, high: number): Fact {
  return sighted(span(T0 + low * SECOND, T0 + high * SECOND), { place, externalId: place });
}
