import type { Instant } from '../base/clock.ts';
import type { Effect, LedgerEvent } from '../domain/events.ts';
import { isPrecise, midpoint, type Interval } from '../domain/latency.ts';
import { counts } from '../domain/probe.ts';
import type { Book, OwnerKeys } from './book.ts';
import type { FamilyName } from './catalog.ts';

/** One number as the ledger keeps it (ledger/totals.ts). */
export interface StoredTotal {
  readonly probe: string;
  readonly role: string;
  readonly sender: string;
  readonly vantage: string;
  readonly observer: string;
  readonly name: string;
  /** Reason, place, verdict, outcome, or a bucket's bound in seconds; else empty. */
  readonly label: string;
  readonly value: number;
}

/** All totals as they were after the event at `position`. */
export interface StoredTotals {
  readonly position: number;
  readonly totals: readonly StoredTotal[];
}

/** Where what the ledger counts is exported. The latency is apart, being a histogram. */
const FAMILIES: Readonly<Record<string, FamilyName>> = {
  launched: 'launched',
  accepted: 'accepted',
  unsent: 'unsent',
  in_doubt: 'in_doubt',
  suspected: 'suspects',
  arrived: 'arrivals',
  settled: 'verdicts',
  contradicted: 'verdict_contradictions',
  lost: 'lost',
  recovered: 'late_recoveries',
  duplicated: 'duplicates',
  canaries: 'canaries',
  latency_unknown: 'latency_unknown',
  stage_arrived: 'stage_arrivals',
};

/**
 * The ledger's counters: the totals that were stored at the start, and the effects of each later
 * event. Adding is all that happens, so no restart and no retention lowers a counter.
 */
export class Fold {
  readonly #book: Book;
  #position: number;

  constructor(stored: StoredTotals, book: Book) {
    this.#book = book;
    this.#position = stored.position;
    for (const total of stored.totals) load(total, book);
  }

  /** Of the last event that is counted. */
  get position(): number {
    return this.#position;
  }

  /**
   * Counts an event, once: those up to the position are known already.
   * Answers false where events before it are missing, so that counters are too low until a restart.
   */
  add(event: LedgerEvent): boolean {
    if (event.position <= this.#position) return true;
    const isNext = event.position === this.#position + 1;
    this.#position = event.position;
    if (counts(event.launch.kind)) {
      for (const effect of event.effects) this.#count(event, effect);
    }
    return isNext;
  }

  #count(event: LedgerEvent, effect: Effect): void {
    const { route } = event.launch;
    switch (effect.type) {
      case 'launched':
      case 'accepted':
      case 'in_doubt':
      case 'suspected':
      case 'contradicted':
      case 'lost':
        this.#add(effect.type, route);
        break;
      case 'unsent':
        this.#add('unsent', route, { label: effect.reason });
        break;
      case 'arrived':
        observeDelay(event, this.#book);
        this.#add('arrived', route, { label: effect.place });
        break;
      case 'settled':
        this.#add('settled', route, { label: effect.verdict });
        break;
      case 'recovered':
        this.#add('recovered', route, { label: effect.after });
        break;
      case 'duplicated':
        this.#add('duplicated', route, { by: effect.count });
        break;
      case 'outcome':
        if (effect.from !== null) this.#add('canaries', route, { label: effect.from, by: -1 });
        this.#add('canaries', route, { label: effect.to });
        break;
      case 'latency':
        this.#latency(event, effect.latency);
        break;
      case 'passed':
        this.#passed({ ...route, stage: effect.observer }, effect.latency);
        break;
    }
  }

  #add(total: string, route: OwnerKeys, change: { label?: string; by?: number } = {}): void {
    const family = FAMILIES[total];
    if (family !== undefined) this.#book.add(family, route, change);
  }

  #passed(stage: OwnerKeys, latency: Interval): void {
    this.#book.add('stage_arrivals', stage);
    if (!isPrecise(latency)) return;
    this.#book.observe('stage_latency_seconds', stage, { seconds: roundedSeconds(latency) });
  }

  #latency(event: LedgerEvent, latency: Interval): void {
    const { id, route } = event.launch;
    if (!isPrecise(latency)) {
      this.#add('latency_unknown', route);
      return;
    }
    this.#book.observe('ingest_latency_seconds', route, {
      seconds: roundedSeconds(latency),
      exemplar: { id, at: event.at },
    });
  }
}

/** As the ledger rounds, or a value on a bound would change its bucket at a restart. */
function roundedSeconds(latency: Interval): number {
  return Math.round(midpoint(latency) * 1_000) / 1_000_000;
}

/** What the ledger calls histograms; their `_count` is the sum of the buckets and needs no loading. */
const HISTOGRAMS: Readonly<Record<string, FamilyName>> = {
  latency: 'ingest_latency_seconds',
  stage_latency: 'stage_latency_seconds',
};

/** Names that are not known here come from a later version and are left alone. */
function load(total: StoredTotal, book: Book): void {
  const { name, label, value } = total;
  const keys = { ...total, stage: total.observer };
  const family = FAMILIES[name];
  if (family !== undefined) {
    book.add(family, keys, { label, by: value });
    return;
  }
  const [, of = '', part] = /^(\w+)_(sum|bucket)$/.exec(name) ?? [];
  const histogram = HISTOGRAMS[of];
  if (histogram === undefined) return;
  const seconds = label === '+Inf' ? Infinity : Number(label);
  const stored =
    part === 'sum' ? { seconds: 0, count: 0, micros: value } : { seconds, count: value, micros: 0 };
  book.addToHistogram(histogram, keys, stored);
}

/** From the ingestion to the end of the look that saw it; a matter of the observer. */
function observeDelay(event: LedgerEvent, book: Book): void {
  if (event.fact.type !== 'sighted') return;
  const { ingested, seenAt } = event.fact.sighting;
  book.observe('observation_delay_seconds', event.launch.route, {
    seconds: secondsBetween(midpoint(ingested), seenAt),
  });
}

function secondsBetween(from: Instant, to: Instant): number {
  return Math.max(0, to - from) / 1_000;
}
