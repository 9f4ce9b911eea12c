import type { Instant } from '../base/clock.ts';
import type { Reason } from '../base/errors.ts';
import {
  acceptedAt,
  duplicatesOf,
  firstSighting,
  latencyOf,
  outcomeOf,
  type Canary,
  type Verdict,
} from './canary.ts';
import { halfWidth, midpoint } from './latency.ts';
import type { Place } from './sighting.ts';
import { readingOf, type Reading } from './verdict.ts';

/** What `probe --format json` prints for a canary (design.md section 7). Times are ISO 8601 UTC. */
export interface ProbeRecord {
  readonly probe: string;
  /** null: nothing was launched, since nobody could have watched. */
  readonly id: string | null;
  readonly outcome: Reading | null;
  readonly verdict: Verdict | null;
  readonly reason: Reason | null;
  readonly sent_at: string | null;
  readonly accepted_at: string | null;
  readonly ingested_at: string | null;
  readonly observed_at: string | null;
  readonly latency_seconds: number | null;
  readonly latency_error_seconds: number | null;
  readonly place: Place | null;
  readonly duplicates: number;
  readonly queue_id: string | null;
  readonly hops: readonly {
    readonly from: string;
    readonly by: string;
    readonly seconds: number | null;
    readonly clock_suspect: boolean;
  }[];
}

/** `watchFailure`: why the last look failed, the reason of a canary that nobody could judge. */
export function recordOf(canary: Canary, watchFailure: Reason | undefined): ProbeRecord {
  const { launch, acceptance } = canary;
  const seen = firstSighting(canary);
  const latency = latencyOf(canary);
  const outcome = readingOf(outcomeOf(canary), canary.settlement?.verdict) ?? null;
  return {
    probe: launch.route.probe,
    id: launch.id,
    outcome,
    verdict: canary.settlement?.verdict ?? null,
    reason: reasonOf(canary, outcome, watchFailure),
    sent_at: iso(launch.launchedAt),
    accepted_at: iso(acceptedAt(canary)?.high),
    ingested_at: iso(seen === undefined ? undefined : midpoint(seen.ingested)),
    observed_at: iso(seen?.seenAt),
    latency_seconds: latency === undefined ? null : seconds(midpoint(latency)),
    latency_error_seconds: latency === undefined ? null : seconds(halfWidth(latency)),
    place: seen?.place ?? null,
    duplicates: duplicatesOf(canary),
    queue_id: acceptance?.queueId ?? null,
    hops: (seen?.hops ?? []).map((hop) => ({
      from: hop.from,
      by: hop.by,
      seconds: hop.seconds,
      clock_suspect: hop.clockSuspect,
    })),
  };
}

/** The record of a probe that was not launched. */
export function unlaunchedRecord(probe: string, reason: Reason): ProbeRecord {
  return {
    probe,
    id: null,
    outcome: 'blind',
    verdict: null,
    reason,
    sent_at: null,
    accepted_at: null,
    ingested_at: null,
    observed_at: null,
    latency_seconds: null,
    latency_error_seconds: null,
    place: null,
    duplicates: 0,
    queue_id: null,
    hops: [],
  };
}

function reasonOf(
  canary: Canary,
  outcome: Reading | null,
  watchFailure: Reason | undefined,
): Reason | null {
  if (outcome === 'unsent') return canary.refusal?.reason ?? null;
  if (outcome === 'in_doubt') return canary.doubt?.reason ?? null;
  return outcome === 'blind' ? (watchFailure ?? null) : null;
}

/** An instant as JSON has it: ISO 8601 in UTC. */
export function iso(instant: Instant | null | undefined): string | null {
  return instant === undefined || instant === null ? null : new Date(instant).toISOString();
}

/** Milliseconds as seconds, to the microsecond. */
export function seconds(ms: number): number {
  return Math.round(ms * 1_000) / 1_000_000;
}
