import type { Kind, Role } from '../../domain/probe.ts';
import type { Outcome, Verdict } from '../../domain/canary.ts';
import type { Place } from '../../domain/sighting.ts';
import type { LedgerEvent } from '../../domain/events.ts';
import type { TotalName } from '../totals.ts';

/** An instant as stored: whole microseconds since 1970. See `toMicros`. */
export type Micros = number;

/** The newest schema, as migrations.ts makes it. JSON columns are text, parsed by ../record.ts. */
export interface Tables {
  readonly meta: { readonly name: string; readonly value: string };
  readonly counters: {
    readonly name: 'position' | 'sequence' | 'trails' | 'epoch';
    readonly value: number;
  };
  readonly canaries: CanaryTable;
  readonly sightings: {
    readonly canary_id: string;
    readonly external_id: string;
    readonly place: Place;
    readonly ingested_low: Micros;
    readonly ingested_high: Micros;
    readonly seen_at: Micros;
    /** Who saw it: the canary's deciding observer, or one in front of that. */
    readonly observer: string;
    /** When the copy was cleaned away, in whatever place it was then. */
    readonly tidied_at: Micros | null;
  };
  readonly observers: {
    readonly name: string;
    readonly horizon: Micros | null;
    /** Where it looked when it came to that horizon: a fingerprint. */
    readonly site: string | null;
    /** JSON. */
    readonly cursor: string;
  };
  readonly probes: {
    readonly probe: string;
    readonly vantage: string;
    readonly activated_at: Micros;
    /** Of the last pause. */
    readonly paused_since: Micros | null;
    readonly paused_until: Micros | null;
    readonly pause_reason: string | null;
    /** Those before it: JSON; null for none. */
    readonly earlier_pauses: string | null;
  };
  /** Evidence of loss, as after the event that the counter `trails` names. */
  readonly trails: {
    readonly probe: string;
    readonly role: Role;
    readonly sender: string;
    readonly vantage: string;
    readonly path: string;
    /** JSON. */
    readonly content: string;
  };
  readonly events: {
    readonly position: number;
    readonly at: Micros;
    readonly canary_id: string;
    readonly type: LedgerEvent['fact']['type'];
    /** JSON. */
    readonly fact: string;
    /** JSON. */
    readonly effects: string;
  };
  readonly totals: {
    readonly probe: string;
    readonly role: Role;
    readonly sender: string;
    readonly vantage: string;
    readonly path: string;
    readonly observer: string;
    readonly name: TotalName;
    readonly label: string;
    readonly value: number;
  };
}

/** What names a sighting. */
export const COPY_KEY = ['canary_id', 'observer', 'external_id', 'place'] as const;

/** One series, name and label: the primary key of `totals`. */
export const TOTALS_KEY = [
  'probe',
  'role',
  'sender',
  'vantage',
  'path',
  'observer',
  'name',
  'label',
] as const;

/** One series: the primary key of `trails`. */
export const TRAILS_KEY = ['probe', 'role', 'sender', 'vantage', 'path'] as const;

/** The columns beside `record` repeat what queries ask for. */
interface CanaryTable {
  readonly id: string;
  readonly token: string;
  readonly sequence: number;
  readonly probe: string;
  readonly role: Role;
  readonly sender: string;
  readonly observer: string;
  readonly vantage: string;
  readonly path: string;
  readonly shape: string;
  readonly kind: Kind;
  readonly scheduled_at: Micros | null;
  readonly launched_at: Micros;
  readonly accepted_low: Micros | null;
  readonly accepted_high: Micros | null;
  readonly verdict: Verdict | null;
  readonly outcome: Outcome;
  /** 1 while something may still be judged, else 0. */
  readonly open: 0 | 1;
  /** Of the latest event. */
  readonly position: number;
  /** The folded canary with its launch and policy: JSON. */
  readonly record: string;
}
