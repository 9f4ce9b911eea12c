import type { ClockStep, Instant } from '../base/clock.ts';
import type { Reason } from '../base/errors.ts';
import { afterSteps, withStep } from './clock-steps.ts';
import { compareKeys, earliest, least, type Key } from './least.ts';
import type { Interval } from './latency.ts';
import { latencyBetween } from './latency.ts';
import type { Kind, Policy, Route } from './probe.ts';
import { isMisfiled, type Sighting } from './sighting.ts';

/** What the SLO and the alerts count; settled exactly once (semantics A2). */
export const VERDICTS = ['on_time', 'overdue', 'misfiled', 'void'] as const;
export type Verdict = (typeof VERDICTS)[number];

/** What became of a canary; what people read (semantics A3). */
export const OUTCOMES = [
  'in_flight',
  'arrived',
  'recovered',
  'lost',
  'unsent',
  'in_doubt',
  'blind',
] as const;
export type Outcome = (typeof OUTCOMES)[number];

/** Written before the first SMTP byte; never changes. */
export interface Launch {
  /** Public: pages, logs, exemplars. */
  readonly id: string;
  /** Secret: whoever knows it could forge an arrival. */
  readonly token: string;
  /** Rises by one a canary within a ledger; breaks ties of the order key. */
  readonly sequence: number;
  readonly route: Route;
  readonly kind: Kind;
  readonly policy: Policy;
  /** The tick that it serves; null for manual ones. */
  readonly scheduledAt: Instant | null;
  readonly launchedAt: Instant;
}

/** The final 250. */
export interface Acceptance {
  /** From the end of DATA to the reply. */
  readonly at: Interval;
  readonly queueId: string | null;
  /** The Message-ID that the server put in place of ours, if it said so. */
  readonly serverMessageId: string | null;
}

/** A dialogue that ended before the mail system took the mail. */
export interface Refusal {
  readonly at: Instant;
  readonly reason: Reason;
  /** SMTP reply code, where there was one. */
  readonly code: number | null;
  /** The server's words, without secrets. */
  readonly detail: string;
}

/** The connection was lost between the last byte of the body and the reply. */
export interface Doubt {
  /** From the moment the body was written to the loss of the connection. */
  readonly at: Interval;
  readonly reason: Reason;
  readonly detail: string;
}

/** Evidence of an observer in front of the deciding one. */
export interface Passage {
  readonly observer: string;
  readonly sighting: Sighting;
}

export interface Settlement {
  readonly verdict: Verdict;
  readonly at: Instant;
  /** The horizon that it was judged by; null where the sighting alone decided. */
  readonly horizon: Instant | null;
}

/** What can become known about a launched canary. Facts only accumulate. */
export type Fact =
  | { readonly type: 'accepted'; readonly acceptance: Acceptance }
  | { readonly type: 'refused'; readonly refusal: Refusal }
  | { readonly type: 'doubted'; readonly doubt: Doubt }
  | { readonly type: 'sighted'; readonly sighting: Sighting }
  /** Seen on its way, by an observer in front of the deciding one. */
  | { readonly type: 'passed'; readonly passage: Passage }
  /** `copies` external ids in one complete look. */
  | { readonly type: 'copied'; readonly at: Instant; readonly copies: number }
  | { readonly type: 'suspected'; readonly at: Instant }
  | { readonly type: 'settled'; readonly settlement: Settlement }
  /** lost_after has passed on the horizon's clock (ours, for one in doubt). */
  | { readonly type: 'written_off'; readonly at: Instant }
  /** forget_after has passed, or its probe was removed: nothing more is expected. */
  | { readonly type: 'forgotten'; readonly at: Instant }
  /** Between two runs our clock was set forward: what is from before is not as old as it looks. */
  | { readonly type: 'clock_set'; readonly step: ClockStep };

/** A canary with all that is known about it. */
export interface Canary {
  readonly launch: Launch;
  readonly acceptance: Acceptance | null;
  readonly refusal: Refusal | null;
  readonly doubt: Doubt | null;
  /** The earliest sightings, one an external id and place, in the order of {@link compareSightings}. */
  readonly sightings: readonly Sighting[];
  /** The earliest sighting in a place that is not misfiled, kept even when the list above is full. */
  readonly ingestion: Sighting | null;
  /** The earliest evidence of each observer in front, by its name. */
  readonly passages: readonly Passage[];
  /** Most copies present in one complete look. */
  readonly copies: number;
  readonly suspectedAt: Instant | null;
  readonly settlement: Settlement | null;
  readonly writtenOffAt: Instant | null;
  readonly forgottenAt: Instant | null;
  /** Of our clock while it was in flight, by a restart; oldest first. */
  readonly clockSteps: readonly ClockStep[];
}

/** Sightings kept in a record: a storm of duplicates must not grow it without bound. */
export const SIGHTINGS_KEPT = 16;

export function launchCanary(launch: Launch): Canary {
  return {
    launch,
    acceptance: null,
    refusal: null,
    doubt: null,
    sightings: [],
    ingestion: null,
    passages: [],
    copies: 0,
    suspectedAt: null,
    settlement: null,
    writtenOffAt: null,
    forgottenAt: null,
    clockSteps: [],
  };
}

/**
 * Adds a fact. Any order and any repetition of the same facts gives the same
 * record: each field is the least of what was said (the most, for `copies`),
 * so joining is associative, commutative and idempotent.
 */
export function apply(canary: Canary, fact: Fact): Canary {
  switch (fact.type) {
    case 'accepted':
      return { ...canary, acceptance: least(canary.acceptance, fact.acceptance, acceptanceKey) };
    case 'refused':
      return { ...canary, refusal: least(canary.refusal, fact.refusal, refusalKey) };
    case 'doubted':
      return { ...canary, doubt: least(canary.doubt, fact.doubt, doubtKey) };
    case 'sighted':
      return sight(canary, fact.sighting);
    case 'passed':
      return pass(canary, fact.passage);
    case 'copied':
      return { ...canary, copies: Math.max(canary.copies, fact.copies) };
    case 'suspected':
      return { ...canary, suspectedAt: earliest(canary.suspectedAt, fact.at) };
    case 'settled':
      return { ...canary, settlement: least(canary.settlement, fact.settlement, settlementKey) };
    case 'written_off':
      return { ...canary, writtenOffAt: earliest(canary.writtenOffAt, fact.at) };
    case 'forgotten':
      return { ...canary, forgottenAt: earliest(canary.forgottenAt, fact.at) };
    case 'clock_set':
      return { ...canary, clockSteps: withStep(canary.clockSteps, fact.step) };
  }
}

/** The mail system has it: a final 250, or it was sighted, whatever the dialogue said (semantics A1). */
export function isAccepted(canary: Canary): boolean {
  return canary.acceptance !== null || canary.sightings.length > 0;
}

/** Accepted and not seen anywhere yet. */
export function isMissing(canary: Canary): boolean {
  return canary.acceptance !== null && canary.sightings.length === 0;
}

/** The first evidence of arrival, wherever it was. */
export function firstSighting(canary: Canary): Sighting | undefined {
  return canary.sightings[0];
}

/**
 * When the mail system took responsibility, as an interval on our clock:
 * end of DATA to the 250; without a 250, all that the dialogue leaves possible.
 */
export function acceptedAt(canary: Canary): Interval | undefined {
  if (canary.acceptance !== null) return canary.acceptance.at;
  const seen = firstSighting(canary);
  if (seen === undefined) return undefined;
  const low = canary.doubt?.at.low ?? canary.launch.launchedAt;
  const high = canary.doubt?.at.high ?? canary.refusal?.at ?? seen.seenAt;
  return { low, high: Math.max(low, Math.min(high, seen.seenAt)) };
}

/** As {@link acceptedAt}, on our clock as it is by now: later, by at most what that was set forward since (semantics B4). */
export function acceptedByNow(canary: Canary): Interval | undefined {
  const accepted = acceptedAt(canary);
  if (accepted === undefined) return undefined;
  return { low: accepted.low, high: afterSteps(accepted.high, canary.clockSteps) };
}

/** Send-to-ingest latency in milliseconds, of an accepted canary that was seen. */
export function latencyOf(canary: Canary): Interval | undefined {
  const accepted = acceptedByNow(canary);
  const seen = firstSighting(canary);
  if (accepted === undefined || seen === undefined) return undefined;
  return latencyBetween(accepted, seen.ingested);
}

/** What became of it; exactly one for every launched canary. */
export function outcomeOf(canary: Canary): Outcome {
  if (canary.sightings.length > 0) {
    // One in doubt is written off without ever being lost: nothing is recovered when it arrives.
    const wasLost = canary.acceptance !== null && canary.writtenOffAt !== null;
    return wasLost ? 'recovered' : 'arrived';
  }
  if (canary.acceptance !== null) {
    if (canary.writtenOffAt !== null) return 'lost';
    return canary.forgottenAt === null ? 'in_flight' : 'blind';
  }
  if (canary.refusal !== null) return 'unsent';
  if (canary.writtenOffAt !== null || canary.forgottenAt !== null) return 'in_doubt';
  return 'in_flight';
}

/** Copies beyond the first. */
export function duplicatesOf(canary: Canary): number {
  return Math.max(0, canary.copies - 1);
}

/** The order in which sightings count: seen first, then good places, then by external id and place. */
export function compareSightings(a: Sighting, b: Sighting): number {
  return compareKeys(sightingKey(a), sightingKey(b));
}

function sight(canary: Canary, sighting: Sighting): Canary {
  const same = (other: Sighting): boolean =>
    other.externalId === sighting.externalId && other.place === sighting.place;
  const known = canary.sightings.find(same) ?? null;
  const kept = least(known, sighting, sightingKey);
  const sightings = [...canary.sightings.filter((other) => !same(other)), kept]
    .sort(compareSightings)
    .slice(0, SIGHTINGS_KEPT);
  const ingestion = isMisfiled(sighting.place)
    ? canary.ingestion
    : least(canary.ingestion, sighting, sightingKey);
  return { ...canary, sightings, ingestion, copies: Math.max(canary.copies, 1) };
}

function pass(canary: Canary, said: Passage): Canary {
  const { observer } = said;
  const others = canary.passages.filter((passage) => passage.observer !== observer);
  const known = canary.passages.find((passage) => passage.observer === observer)?.sighting ?? null;
  const sighting = least(known, said.sighting, sightingKey);
  const passages = [...others, { observer, sighting }].sort((a, b) =>
    a.observer < b.observer ? -1 : 1,
  );
  return { ...canary, passages };
}

const acceptanceKey = (a: Acceptance): Key => [
  a.at.high,
  a.at.low,
  JSON.stringify([a.queueId, a.serverMessageId]), // tells null from empty, or the order of arrival would decide
];
const refusalKey = (r: Refusal): Key => [r.at, r.reason, r.detail, JSON.stringify(r.code)];
const doubtKey = (d: Doubt): Key => [d.at.high, d.at.low, d.reason, d.detail];
const settlementKey = (s: Settlement): Key => [s.at, s.verdict, s.horizon ?? -Infinity];
const sightingKey = (s: Sighting): Key => [
  s.seenAt,
  isMisfiled(s.place) ? 1 : 0, // a copy that people see outweighs one beside it in spam
  s.externalId,
  s.place,
  s.ingested.low,
  s.ingested.high,
  s.stamp?.at ?? 0,
  JSON.stringify([s.stamp, s.hops, s.foreignMessageId]),
];
