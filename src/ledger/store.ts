import type { Instant, Uptime } from '../base/clock.ts';
import type { Canary } from '../domain/canary.ts';
import type { LedgerEvent } from '../domain/events.ts';
import type { Role } from '../domain/probe.ts';
import type { Pause, Pauses } from '../domain/schedule.ts';
import type { Place } from '../domain/sighting.ts';
import type { TrailContent } from '../domain/loss/trail.ts';
import type { Total } from './totals.ts';

/** The last numbers given out; the next are one higher. */
export interface Counters {
  /** Of events. */
  readonly position: number;
  /** Of canaries. */
  readonly sequence: number;
}

/** A record to keep, with the position of its latest event. */
export interface CanaryChange {
  readonly canary: Canary;
  readonly position: number;
}

/** How far an observer's looks have come. */
export interface ObserverState {
  readonly horizon: Instant | null;
  /** Where it looked when it came to that horizon; undefined where that is not known. */
  readonly site?: string | undefined;
  readonly cursor: unknown;
}

/** What is remembered of a configured probe, at one vantage. */
export interface ProbeState extends Pauses {
  /** Since when it has been configured. */
  readonly activatedAt: Instant;
}

/** The ends of a probe's queue, by order key; manual canaries do not count. */
export interface Newest {
  readonly accepted: Canary | undefined;
  readonly ingested: Canary | undefined;
}

/** Copies of canaries to be cleaned away at one observer. */
export interface LitterQuery {
  readonly observer: string;
  /** Only what was seen at or before this instant, so that people can look, and copies be counted. */
  readonly seenUntil: Instant;
  /** Only what was seen last in one of these. */
  readonly places: readonly Place[];
}

/** Names one copy of a canary. */
export interface CopyKey {
  readonly canaryId: string;
  /** As the observer named it. */
  readonly externalId: string;
}

/** A copy that was seen, whose canary has its verdict, and that was not cleaned away. */
export interface LitterCopy extends CopyKey {
  readonly token: string;
  /** Where it was seen last. */
  readonly place: Place;
  readonly seenAt: Instant;
}

/** One series of canaries, as semantics A10 keeps them apart. */
export interface TrailSeries {
  readonly probe: string;
  readonly role: Role;
  readonly sender: string;
  readonly vantage: string;
  readonly path: string;
}

/** What one canary was before events, and what it has become by them. */
export interface CanaryStep {
  readonly before: Canary | undefined;
  readonly after: Canary;
}

/** The evidence of loss of one series. */
export interface StoredTrail {
  readonly series: TrailSeries;
  readonly content: TrailContent;
}

/** Evidence of loss, as it was after the event at `position`. */
export interface StoredTrails {
  readonly position: number;
  readonly trails: readonly StoredTrail[];
}

/** An instant of our clock, and the machine's own count of time at it. */
export interface ClockMark {
  readonly at: Instant;
  readonly uptime: Uptime;
}

/** What one transaction may do. Everything is gone when it does not commit. */
export interface StoreTransaction {
  /** Reads the counters and keeps all other writers away until the end. */
  takeCounters(): Promise<Counters>;
  saveCounters(counters: Counters): Promise<void>;
  /** Answers false, changing nothing, where its id, its token or its tick is taken. */
  insertCanary(change: CanaryChange): Promise<boolean>;
  /** Those that exist, by id. */
  findCanaries(ids: readonly string[]): Promise<ReadonlyMap<string, Canary>>;
  saveCanaries(changes: readonly CanaryChange[]): Promise<void>;
  /** Also keeps the sightings that they tell of. */
  appendEvents(events: readonly LedgerEvent[]): Promise<void>;
  addTotals(totals: readonly Total[]): Promise<void>;
  findObserver(name: string): Promise<ObserverState | undefined>;
  saveObserver(name: string, state: ObserverState): Promise<void>;
  /**
   * Takes away up to `limit` canaries that were launched before `before` and are not open, with their
   * events and sightings; totals stay. Answers how many.
   */
  deleteCanaries(before: Instant, limit: number): Promise<number>;
  /** Remembers a probe from `at` on, unless it is remembered already; answers what is. */
  activateProbe(probe: string, vantage: string, at: Instant): Promise<ProbeState>;
  /** Forgets the probes of a vantage that are not named, with their evidence of loss. */
  retainProbes(vantage: string, probes: readonly string[]): Promise<void>;
  savePause(probe: string, vantage: string, pause: Pause): Promise<void>;
  /** Those of series that did not change stay as they are. */
  saveTrails(trails: StoredTrails): Promise<void>;
  /** Copies that are no litter any more, in whatever places they are seen. */
  markTidied(copies: readonly CopyKey[], at: Instant): Promise<void>;
  /** Writes something, to see whether that works: the time, and for how long the machine has been up. */
  touch(at: Instant, uptime: Uptime | undefined): Promise<void>;
}

/** The database behind a ledger: keeps and finds, and knows no rule. One interface for all databases. */
export interface Store {
  /** What people call it: a path, or a URL without secrets. */
  readonly name: string;
  /**
   * Runs `body` in one transaction; when this resolves, it is durable. When it rejects after `body` has ended, it may
   * be: the counters of the next transaction tell.
   */
  write<T>(body: (transaction: StoreTransaction) => Promise<T>): Promise<T>;
  findCanary(id: string): Promise<Canary | undefined>;
  /** Canaries stored as open, oldest launch first. */
  openCanaries(): Promise<readonly Canary[]>;
  newest(probe: string, vantage: string): Promise<Newest>;
  trails(): Promise<StoredTrails>;
  /** Canaries with events after `position`: as they were then, and as they are. */
  stepsAfter(position: number): Promise<readonly CanaryStep[]>;
  observers(): Promise<ReadonlyMap<string, ObserverState>>;
  /** Of the last `touch` that knew the uptime. */
  clockMark(): Promise<ClockMark | undefined>;
  /** Up to `limit`, oldest sighting first. */
  litter(query: LitterQuery, limit: number): Promise<readonly LitterCopy[]>;
  countLitter(query: LitterQuery): Promise<number>;
  /**
   * Why the database could not do its work ("the disk is full"), when it is
   * that which `error` says; undefined for errors that are our own bug.
   */
  faultOf(error: unknown): string | undefined;
  /** Whether `error` says that the disk did not take what had been written. */
  isSyncFault(error: unknown): boolean;
  close(): Promise<void>;
}
