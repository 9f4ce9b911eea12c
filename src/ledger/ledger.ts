import type { Instant } from '../base/clock.ts';
import type { Canary, Fact, Launch } from '../domain/canary.ts';
import type { LedgerEvent } from '../domain/events.ts';
import type { LossTrail } from '../domain/loss/trail.ts';
import type { Pause } from '../domain/schedule.ts';
import type {
  ClockMark,
  CopyKey,
  LitterCopy,
  LitterQuery,
  Newest,
  ObserverState,
  ProbeState,
  TrailSeries,
} from './store.ts';

export type {
  ClockMark,
  CopyKey,
  LitterCopy,
  LitterQuery,
  Newest,
  ObserverState,
  ProbeState,
} from './store.ts';

/** A launch before the ledger gave it its sequence number. */
export type LaunchDraft = Omit<Launch, 'sequence'>;

export interface FactEntry {
  readonly id: string;
  readonly fact: Fact;
}

/** What a look changes, in one transaction: its sightings, the observer's horizon and cursor. */
export interface LookEntry {
  readonly observer: string;
  /** Where it looks, a fingerprint; a horizon of elsewhere gives way to its first. */
  readonly site?: string | undefined;
  /** Start of a complete look less the index lag; null for an incomplete one. Never lowers the stored one. */
  readonly horizon: Instant | null;
  readonly cursor: unknown;
  readonly facts: readonly FactEntry[];
}

/** What of the ledger can fail: reading, a transaction, or getting that to the disk. */
export type LedgerOperation = 'read' | 'write' | 'sync';

/** The durable memory: the only writer, and the only source of events. */
export interface Ledger {
  /**
   * Makes a canary durable before its first SMTP byte (truth 1).
   * @throws MonitorError `ledger` at once when it cannot be written: then nothing may be sent.
   */
  launch(draft: LaunchDraft): Promise<Canary>;
  /**
   * Adds facts; those already known change nothing. Resolves when they are
   * durable. While the ledger cannot be written they wait in memory and are
   * tried again, so that an answer of the mail system is not forgotten. Few can wait: nothing is sent
   * meanwhile, so there is one answer a dialogue that was under way, and one wait a loop.
   * Facts about an id that is not in the ledger are dropped.
   */
  append(entries: readonly FactEntry[]): Promise<readonly LedgerEvent[]>;
  /** As `append`, with the observer's horizon and cursor in the same transaction. */
  recordLook(entry: LookEntry): Promise<readonly LedgerEvent[]>;
  /**
   * Forgets canaries launched before `before` about which nothing is open any more; totals stay, so no
   * counter falls. Answers how many.
   */
  prune(before: Instant): Promise<number>;
  /** Remembers a probe from now on, unless it is remembered already; answers what is. */
  activate(probe: string, vantage: string): Promise<ProbeState>;
  /**
   * Forgets which probes of a vantage are configured, but for these, and what they told of loss: one that comes back is
   * activated anew.
   */
  retain(vantage: string, probes: readonly string[]): Promise<void>;
  /** Its last pause from now on, or its last one with another end; those that ended stay, since deadlines may lie in them. */
  pause(probe: string, vantage: string, pause: Pause): Promise<void>;
  newest(probe: string, vantage: string): Promise<Newest>;
  /** Up to `limit` copies that are to be cleaned away, oldest sighting first. */
  litter(query: LitterQuery, limit: number): Promise<readonly LitterCopy[]>;
  countLitter(query: LitterQuery): Promise<number>;
  /** These copies are no litter any more, also when they show up in another place; durable when it resolves. */
  markTidied(copies: readonly CopyKey[]): Promise<void>;
  /** Canaries about which something may still be judged (not forgotten; missing, unanswered or unsettled), oldest launch first. */
  open(): readonly Canary[];
  /** Of these, the ones that an observer decides, oldest launch first. */
  openAt(observer: string): readonly Canary[];
  find(id: string): Promise<Canary | undefined>;
  observerState(observer: string): ObserverState | undefined;
  /** What the canaries of a series tell of loss, as committed; undefined before the first. Changes with the next commit. */
  lossTrail(series: TrailSeries): LossTrail | undefined;
  /** Whether the last write succeeded. */
  isWritable(): boolean;
  /** Our clock and the machine's, as an earlier run wrote them down last; undefined where that is not known. */
  lastMark(): ClockMark | undefined;
  /** Writes something to find out, and answers as `isWritable` does then. Never rejects. */
  checkWritable(): Promise<boolean>;
  /** Hears each event after its commit, in order of position, with what its canary has become. Answers how to stop. */
  subscribe(listener: (event: LedgerEvent, canary: Canary) => void): () => void;
  /**
   * For the end of the program: from now on nothing waits in memory; what cannot be written at its
   * next attempt is rejected with MonitorError `ledger`.
   */
  stopWaiting(): void;
  /** Tries a last time to write what waits, rejects what cannot be written, and lets the file go. */
  close(): Promise<void>;
}
