import type { Instant } from '../base/clock.ts';
import type { Canary } from '../domain/canary.ts';
import type { LedgerEvent } from '../domain/events.ts';
import type { LitterCopy, LitterQuery, Newest, ObserverState, ProbeState } from './store.ts';
import type { Total } from './totals.ts';

/** All totals, as they were after the event at `position`. */
export interface TotalsView {
  readonly position: number;
  readonly totals: readonly Total[];
}

/** A ledger for those who only read: any number of processes, also while another one writes. */
export interface View {
  findCanary(id: string): Promise<Canary | undefined>;
  /** Everything that happened to one canary, in order; empty for an unknown one. */
  timeline(id: string): Promise<readonly LedgerEvent[]>;
  /** Newest launch first. */
  recent(limit: number, probe?: string): Promise<readonly Canary[]>;
  /** Canaries about which something may still be judged, oldest launch first. */
  open(): Promise<readonly Canary[]>;
  totals(): Promise<TotalsView>;
  observers(): Promise<ReadonlyMap<string, ObserverState>>;
  newest(probe: string, vantage: string): Promise<Newest>;
  /** Undefined for a probe that never was configured. */
  probe(probe: string, vantage: string): Promise<ProbeState | undefined>;
  /** The last sign of life of its writer, to about a minute while that runs; null for none. */
  lastWrittenAt(): Promise<Instant | null>;
  /** Copies that are to be cleaned away, oldest sighting first. */
  litter(query: LitterQuery, limit: number): Promise<readonly LitterCopy[]>;
  countLitter(query: LitterQuery): Promise<number>;
  close(): Promise<void>;
}
