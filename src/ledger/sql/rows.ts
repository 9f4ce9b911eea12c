import type { Insertable } from 'kysely';
import type { Instant } from '../../base/clock.ts';
import {
  acceptedAt,
  outcomeOf,
  type Canary,
  type Launch,
  type Passage,
} from '../../domain/canary.ts';
import { verdictOf, type LedgerEvent } from '../../domain/events.ts';
import type { ObserverState } from '../store.ts';
import { isOpen } from '../open-canaries.ts';
import { CanaryRecord, EffectsRecord, EventFactRecord } from '../record.ts';
import type { CanaryChange } from '../store.ts';
import type { Micros, Tables } from './schema.ts';

/** The one place where instants become columns: whole microseconds, exact until 2255. */
export function toMicros(instant: Instant): Micros {
  return Math.round(instant * 1_000);
}

/** And back. */
export function fromMicros(micros: Micros): Instant {
  return micros / 1_000;
}

export function canaryRow({ canary, position }: CanaryChange): Insertable<Tables['canaries']> {
  const { launch } = canary;
  const { scheduledAt, launchedAt } = launch;
  const { probe, role, sender, observer, vantage, path, shape } = launch.route;
  return {
    ...{ probe, role, sender, observer, vantage, path, shape },
    id: launch.id,
    token: launch.token,
    sequence: launch.sequence,
    kind: launch.kind,
    scheduled_at: scheduledAt === null ? null : toMicros(scheduledAt),
    launched_at: toMicros(launchedAt),
    ...progressRow({ canary, position }),
  };
}

/** The columns that facts change. */
export function progressRow({ canary, position }: CanaryChange): ProgressRow {
  const accepted = acceptedAt(canary);
  return {
    accepted_low: accepted === undefined ? null : toMicros(accepted.low),
    accepted_high: accepted === undefined ? null : toMicros(accepted.high),
    verdict: verdictOf(canary) ?? null,
    outcome: outcomeOf(canary),
    open: isOpen(canary) ? 1 : 0,
    position,
    record: JSON.stringify(canary),
  };
}

type ProgressRow = Pick<
  Insertable<Tables['canaries']>,
  'accepted_low' | 'accepted_high' | 'verdict' | 'outcome' | 'open' | 'position' | 'record'
>;

export function canaryOf(row: { readonly record: string }): Canary {
  return CanaryRecord.parse(JSON.parse(row.record));
}

export function eventRow(event: LedgerEvent): Insertable<Tables['events']> {
  return {
    position: event.position,
    at: toMicros(event.at),
    canary_id: event.launch.id,
    type: event.fact.type,
    fact: JSON.stringify(event.fact),
    effects: JSON.stringify(event.effects),
  };
}

export function eventOf(row: Tables['events'], launch: Launch): LedgerEvent {
  return {
    position: row.position,
    at: fromMicros(row.at),
    launch,
    fact: EventFactRecord.parse(JSON.parse(row.fact)),
    effects: EffectsRecord.parse(JSON.parse(row.effects)),
  };
}

type SightingRow = Omit<Insertable<Tables['sightings']>, 'tidied_at'>;

/** The sightings that these events tell of, each copy once, as its newest event tells it. */
export function sightingRows(events: readonly LedgerEvent[]): readonly SightingRow[] {
  const rows = new Map<string, SightingRow>();
  for (const { launch, fact } of events) {
    const seen = seenBy(fact, launch);
    if (seen === undefined) continue;
    const { externalId, place, ingested, seenAt } = seen.sighting;
    rows.set(JSON.stringify([launch.id, seen.observer, externalId, place]), {
      canary_id: launch.id,
      external_id: externalId,
      place,
      ingested_low: toMicros(ingested.low),
      ingested_high: toMicros(ingested.high),
      seen_at: toMicros(seenAt),
      observer: seen.observer,
    });
  }
  return [...rows.values()];
}

function seenBy(fact: LedgerEvent['fact'], { route }: Launch): Passage | undefined {
  if (fact.type === 'passed') return fact.passage;
  return fact.type === 'sighted'
    ? { observer: route.observer, sighting: fact.sighting }
    : undefined;
}

export function observerRow(name: string, state: ObserverState): Insertable<Tables['observers']> {
  const { horizon, site, cursor } = state;
  return {
    name,
    horizon: horizon === null ? null : toMicros(horizon),
    site: site ?? null,
    cursor: JSON.stringify(cursor ?? null),
  };
}

export function observerOf(row: Omit<Tables['observers'], 'name'>): ObserverState {
  const cursor: unknown = JSON.parse(row.cursor);
  const horizon = row.horizon === null ? null : fromMicros(row.horizon);
  return row.site === null ? { horizon, cursor } : { horizon, site: row.site, cursor };
}
