import type { Instant } from '../base/clock.ts';
import { outcomeOf, type Canary, type Passage } from '../domain/canary.ts';
import type { Effect, LedgerEvent } from '../domain/events.ts';
import { halfWidth, midpoint } from '../domain/latency.ts';
import { counts, type Kind, type Role } from '../domain/probe.ts';
import { iso, recordOf, seconds, type ProbeRecord } from '../domain/record.ts';
import { stageLatency } from '../domain/stage.ts';
import { readingOf } from '../domain/verdict.ts';
import { jeffreys } from '../domain/loss/intervals.ts';
import type { Place } from '../domain/sighting.ts';
import type { ObserverStatus, ProbeStatus } from '../engine/control.ts';
import type { Pause } from '../domain/schedule.ts';
import { lagOf, pauseOf, stateOf, type Scene } from './state.ts';

// The shapes of the JSON API: snake_case, times ISO 8601 UTC, durations in seconds; absent values are null.

export function probeRecord(probe: ProbeStatus, scene: Scene): object {
  const { route, policy, lastLatency } = probe;
  return {
    name: route.probe,
    state: stateOf(probe, scene),
    culprit: scene.culprit,
    role: route.role,
    sender: route.sender,
    to: probe.to,
    observer: route.observer,
    vantage: route.vantage,
    path: route.path,
    interval_seconds: seconds(probe.intervalMs),
    suspect_after_seconds: seconds(policy.suspectAfterMs),
    late_after_seconds: seconds(policy.lateAfterMs),
    lost_after_seconds: seconds(policy.lostAfterMs),
    forget_after_seconds: seconds(policy.forgetAfterMs),
    activated_at: iso(probe.activatedAt),
    pause: pauseRecord(pauseOf(probe, scene.now)),
    next_launch_at: iso(probe.nextLaunchAt),
    oldest_unserved_tick_at: iso(probe.oldestUnservedTick),
    horizon_at: iso(probe.horizon),
    head_at: iso(probe.headAt),
    lag_seconds: secondsOrNull(lagOf(probe)),
    head_waiting: probe.headWaiting,
    stragglers: probe.stragglers,
    overdue: probe.overdue,
    in_flight: probe.inFlight,
    unjudged: probe.unjudged,
    oldest_in_flight_at: iso(probe.oldestInFlightAt),
    newest_accepted_at: iso(probe.newestAcceptedAt),
    newest_ingested_at: iso(probe.newestIngestedAt),
    last_latency_seconds: secondsOrNull(lastLatency?.ms),
    last_latency_error_seconds: secondsOrNull(lastLatency?.errorMs),
    stages: probe.stages,
    loss: lossRecord(probe.loss),
    last_trouble: troubleOf(probe),
  };
}

/** Of the last 24 hours: lost of all judged, and between which shares the truth lies (Jeffreys, 95 %). */
function lossRecord(loss: ProbeStatus['loss']): object | null {
  if (loss === null) return null;
  const { count, of } = loss.lastDay;
  const { lower, upper } = jeffreys(loss.lastDay);
  return {
    window_seconds: 86_400,
    lost: count,
    judged: of,
    ratio_lower: lower,
    ratio_upper: upper,
    evidence_log10: loss.evidenceLog10,
    level: loss.level,
  };
}

export function pauseRecord(pause: Pause | null): object | null {
  if (pause === null) return null;
  return { since: iso(pause.since), until: iso(pause.until), reason: pause.reason };
}

export function observerRecord(observer: ObserverStatus, now: Instant): object {
  const { horizon, failure } = observer;
  return {
    name: observer.name,
    type: observer.type,
    horizon_at: iso(horizon),
    horizon_age_seconds: horizon === null ? null : seconds(now - horizon),
    index_lag_seconds: seconds(observer.indexLagMs),
    last_look_at: iso(observer.lastLookAt),
    failure:
      failure === null
        ? null
        : { reason: failure.reason, message: failure.message, since: iso(failure.since) },
    positive_control: controlRecord(observer.positiveControl, now),
  };
}

/** Null where the observer has none; the latest one of this process, and when one passed last. */
function controlRecord(control: ObserverStatus['positiveControl'], now: Instant): object | null {
  if (control === undefined) return null;
  const { last, passedAt, isBlind } = control;
  return {
    result: last?.result ?? null,
    at: iso(last?.at),
    age_seconds: last === null ? null : seconds(now - last.at),
    passed_at: iso(passedAt),
    is_blind: isBlind,
  };
}

/** The newest of the latest canaries that did not arrive on time, or does not: late, lost, unsent ... */
function troubleOf({ latest }: ProbeStatus): object | null {
  for (const { id, launchedAt, kind, canary } of latest) {
    const reading = readingOf(outcomeOf(canary), canary.settlement?.verdict);
    const isMissed = reading === undefined && canary.settlement?.verdict === 'overdue';
    const outcome = isMissed ? 'overdue' : reading;
    if (!counts(kind) || outcome === undefined || outcome === 'on_time') continue;
    const reason = canary.refusal?.reason ?? canary.doubt?.reason ?? null;
    return { id, sent_at: iso(launchedAt), outcome, reason };
  }
  return null;
}

/** What `probe --format json` prints, and what a monitor of many probes has to say besides. */
export interface CanaryReport extends ProbeRecord {
  readonly kind: Kind;
  readonly role: Role;
  readonly sender: string;
  readonly observer: string;
  readonly vantage: string;
  readonly path: string;
  readonly late_after_seconds: number;
  readonly lost_after_seconds: number;
  /** Why the mail system did not take it, in its words. */
  readonly refusal: { readonly at: string | null; readonly detail: string } | null;
  /** How the connection was lost before the answer. */
  readonly doubt: { readonly at: string | null; readonly detail: string } | null;
  /** What observers in front of the deciding one saw, by their names. */
  readonly stages: readonly StageRecord[];
  readonly scheduled_at: string | null;
  readonly suspected_at: string | null;
  readonly settled_at: string | null;
  readonly written_off_at: string | null;
  readonly forgotten_at: string | null;
}

export interface StageRecord {
  readonly observer: string;
  readonly place: Place;
  readonly ingested_at: string | null;
  readonly observed_at: string | null;
  /** From the acceptance; null while that is not known. */
  readonly latency_seconds: number | null;
  readonly latency_error_seconds: number | null;
}

function stageRecord(canary: Canary, passage: Passage): StageRecord {
  const { observer, sighting } = passage;
  const latency = stageLatency(canary, passage);
  return {
    observer,
    place: sighting.place,
    ingested_at: iso(midpoint(sighting.ingested)),
    observed_at: iso(sighting.seenAt),
    latency_seconds: latency === undefined ? null : seconds(midpoint(latency)),
    latency_error_seconds: latency === undefined ? null : seconds(halfWidth(latency)),
  };
}

export function canaryRecord(canary: Canary): CanaryReport {
  const { launch, refusal, doubt } = canary;
  return {
    ...recordOf(canary, undefined),
    kind: launch.kind,
    role: launch.route.role,
    sender: launch.route.sender,
    observer: launch.route.observer,
    vantage: launch.route.vantage,
    path: launch.route.path,
    late_after_seconds: seconds(launch.policy.lateAfterMs),
    lost_after_seconds: seconds(launch.policy.lostAfterMs),
    refusal: refusal === null ? null : { at: iso(refusal.at), detail: refusal.detail },
    doubt: doubt === null ? null : { at: iso(doubt.at.high), detail: doubt.detail },
    stages: canary.passages.map((passage) => stageRecord(canary, passage)),
    scheduled_at: iso(launch.scheduledAt),
    suspected_at: iso(canary.suspectedAt),
    settled_at: iso(canary.settlement?.at),
    written_off_at: iso(canary.writtenOffAt),
    forgotten_at: iso(canary.forgottenAt),
  };
}

export function eventRecord(event: LedgerEvent): object {
  return {
    position: event.position,
    at: iso(event.at),
    canary: event.launch.id,
    probe: event.launch.route.probe,
    kind: event.launch.kind,
    fact: event.fact.type,
    effects: event.effects.map(effectRecord),
  };
}

function effectRecord(effect: Effect): object {
  if (effect.type !== 'latency') return effect;
  return {
    type: effect.type,
    latency_seconds: seconds(midpoint(effect.latency)),
    latency_error_seconds: seconds(halfWidth(effect.latency)),
  };
}

function secondsOrNull(ms: number | null | undefined): number | null {
  return ms === null || ms === undefined ? null : seconds(ms);
}
