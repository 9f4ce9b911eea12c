import type { Instant } from '../base/clock.ts';
import type { Canary } from '../domain/canary.ts';
import type { LedgerEvent } from '../domain/events.ts';
import type { ObserverState } from './ledger.ts';
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
  /** Writes something, to see whether that works. */
  touch(at: Instant): Promise<void>;
}

/** The database behind a ledger: keeps and finds, and knows no rule. One interface for all databases. */
export interface Store {
  /** What people call it: a path, or a URL without secrets. */
  readonly name: string;
  /** Runs `body` in one transaction; when this resolves, it is durable. */
  write<T>(body: (transaction: StoreTransaction) => Promise<T>): Promise<T>;
  findCanary(id: string): Promise<Canary | undefined>;
  /** Canaries stored as open, oldest launch first. */
  openCanaries(): Promise<readonly Canary[]>;
  observers(): Promise<ReadonlyMap<string, ObserverState>>;
  /**
   * Why the database could not do its work ("the disk is full"), when it is
   * that which `error` says; undefined for errors that are our own bug.
   */
  faultOf(error: unknown): string | undefined;
  close(): Promise<void>;
}
