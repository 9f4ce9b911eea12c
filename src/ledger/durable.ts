import type { Clock, Instant } from '../base/clock.ts';
import { MonitorError } from '../base/errors.ts';
import type { Logger } from '../base/logger.ts';
import type { Canary } from '../domain/canary.ts';
import type { LedgerEvent } from '../domain/events.ts';
import type { LossTrail } from '../domain/loss/trail.ts';
import type { Pause } from '../domain/schedule.ts';
import { EventBus } from './bus.ts';
import { Committer, type Memory } from './committer.ts';
import { GoneBack } from './gone-back.ts';
import type { FactEntry, LaunchDraft, Ledger, LedgerOperation, LookEntry } from './ledger.ts';
import { OpenCanaries } from './open-canaries.ts';
import { FactRecord } from './record.ts';
import type {
  ClockMark,
  CopyKey,
  LitterCopy,
  LitterQuery,
  Newest,
  ObserverState,
  ProbeState,
  Store,
  TrailSeries,
} from './store.ts';
import { Trails } from './trails.ts';
import type { Unit } from './unit.ts';
import { Writer } from './writer.ts';

export interface LedgerTools {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly onError?: (operation: LedgerOperation) => void;
}

/** The ledger over a store of which it is the only writer. Closing it closes the store. @throws MonitorError `ledger` */
export async function createLedger(store: Store, tools: LedgerTools): Promise<Ledger> {
  const onError = (): void => tools.onError?.('read');
  try {
    return await reading({ store, onError }, async () => {
      const open = new OpenCanaries(await store.openCanaries());
      const observers = new Map(await store.observers());
      const trails = await openTrails(store);
      const mark = await store.clockMark();
      return new DurableLedger({ store, open, observers, trails }, { ...tools, mark });
    });
  } catch (error) {
    await store.close();
    throw error;
  }
}

/** What is stored, and all that came after it. */
async function openTrails(store: Store): Promise<Trails> {
  const stored = await store.trails();
  const trails = new Trails(stored);
  trails.take(await store.stepsAfter(stored.position));
  return trails;
}

const PRUNED_AT_ONCE = 200;

class DurableLedger implements Ledger {
  readonly #memory: Memory;
  readonly #bus: EventBus;
  readonly #writer: Writer;
  readonly #reads: ReadTools;
  #closed: Promise<void> | undefined;

  readonly #clock: Clock;
  readonly #mark: ClockMark | undefined;

  constructor(memory: Memory, tools: LedgerTools & { readonly mark: ClockMark | undefined }) {
    const { store } = memory;
    this.#clock = tools.clock;
    this.#mark = tools.mark;
    this.#memory = memory;
    this.#bus = new EventBus(tools.logger);
    const committer = new Committer(memory, {
      clock: tools.clock,
      bus: this.#bus,
      // One that cannot be added either is found unanswered at the next start.
      onUnsent: (entries) => void this.append(entries).catch(() => undefined),
    });
    this.#writer = new Writer({
      ...tools,
      name: store.name,
      commit: (tasks) => committer.commit(tasks),
      faultOf: (error) => (error instanceof GoneBack ? error.fault : store.faultOf(error)),
      onFailure: (error) => tools.onError?.(store.isSyncFault(error) ? 'sync' : 'write'),
    });
    this.#reads = { store, onError: () => tools.onError?.('read') };
  }

  launch(draft: LaunchDraft): Promise<Canary> {
    return new Promise((resolve, reject) => {
      const run = async (unit: Unit): Promise<() => void> => {
        const canary = await unit.launch(draft);
        return () => (canary === undefined ? reject(taken(draft)) : resolve(canary));
      };
      this.#writer.submit({ patient: false, ids: [], run, fail: reject });
    });
  }

  async append(entries: readonly FactEntry[]): Promise<readonly LedgerEvent[]> {
    if (entries.length === 0) return [];
    return this.#addFacts(entries, () => Promise.resolve());
  }

  recordLook(look: LookEntry): Promise<readonly LedgerEvent[]> {
    const { observer, horizon, site, cursor } = look;
    return this.#addFacts(look.facts, (unit) => unit.look(observer, { horizon, site, cursor }));
  }

  lastMark(): ClockMark | undefined {
    return this.#mark;
  }

  checkWritable(): Promise<boolean> {
    return new Promise((resolve) => {
      const run = async (unit: Unit): Promise<() => void> => {
        await unit.touch(this.#clock.uptime?.());
        return () => resolve(true);
      };
      this.#writer.submit({ patient: false, ids: [], run, fail: () => resolve(false) });
    });
  }

  activate(probe: string, vantage: string): Promise<ProbeState> {
    return this.#urgent((unit) => unit.activate(probe, vantage));
  }

  retain(vantage: string, probes: readonly string[]): Promise<void> {
    return this.#urgent(
      (unit) => unit.retain(vantage, probes),
      () => this.#memory.trails.retain(vantage, probes),
    );
  }

  pause(probe: string, vantage: string, pause: Pause): Promise<void> {
    return this.#urgent((unit) => unit.pause(probe, vantage, pause));
  }

  newest(probe: string, vantage: string): Promise<Newest> {
    return reading(this.#reads, (store) => store.newest(probe, vantage));
  }

  litter(query: LitterQuery, limit: number): Promise<readonly LitterCopy[]> {
    return reading(this.#reads, (store) => store.litter(query, limit));
  }

  countLitter(query: LitterQuery): Promise<number> {
    return reading(this.#reads, (store) => store.countLitter(query));
  }

  markTidied(copies: readonly CopyKey[]): Promise<void> {
    return this.#urgent((unit) => unit.markTidied(copies));
  }

  async prune(before: Instant): Promise<number> {
    // In pieces: a transaction blocks the event loop while it runs.
    for (let sum = 0; ;) {
      this.#memory.trails.ask();
      const count = await this.#urgent((unit) => unit.prune(before, PRUNED_AT_ONCE));
      sum += count;
      if (count < PRUNED_AT_ONCE) return sum;
    }
  }

  open(): readonly Canary[] {
    return this.#memory.open.all();
  }

  openAt(observer: string): readonly Canary[] {
    return this.#memory.open.of(observer);
  }

  async find(id: string): Promise<Canary | undefined> {
    const known = this.#memory.open.find(id);
    return known ?? reading(this.#reads, (store) => store.findCanary(id));
  }

  observerState(observer: string): ObserverState | undefined {
    return this.#memory.observers.get(observer);
  }

  lossTrail(series: TrailSeries): LossTrail | undefined {
    return this.#memory.trails.of(series);
  }

  isWritable(): boolean {
    return this.#writer.isWritable();
  }

  subscribe(listener: (event: LedgerEvent, canary: Canary) => void): () => void {
    return this.#bus.subscribe(listener);
  }

  stopWaiting(): void {
    this.#writer.stopWaiting();
  }

  close(): Promise<void> {
    this.#closed ??= this.#writer.close().then(() => this.#memory.store.close());
    return this.#closed;
  }

  async #addFacts(
    said: readonly FactEntry[],
    look: (unit: Unit) => Promise<void>,
  ): Promise<readonly LedgerEvent[]> {
    // Checked here, where a wrong one harms its caller only.
    const entries = said.map(({ id, fact }) => ({ id, fact: FactRecord.parse(fact) }));
    const ids = [...new Set(entries.map((entry) => entry.id))];
    return new Promise((resolve, reject) => {
      const run = async (unit: Unit): Promise<() => void> => {
        const events = unit.add(entries);
        await look(unit);
        return () => resolve(events);
      };
      this.#writer.submit({ patient: true, ids, run, fail: reject });
    });
  }

  /** Done now, or not at all while the ledger cannot be written; `committed` is done with the commit. */
  #urgent<T>(body: (unit: Unit) => Promise<T>, committed?: () => void): Promise<T> {
    return new Promise((resolve, reject) => {
      const run = async (unit: Unit): Promise<() => void> => {
        const result = await body(unit);
        return () => {
          committed?.();
          resolve(result);
        };
      };
      this.#writer.submit({ patient: false, ids: [], run, fail: reject });
    });
  }
}

interface ReadTools {
  readonly store: Store;
  readonly onError: () => void;
}

/** What the database cannot give is a MonitorError, as for writes: a loop goes on after it. */
async function reading<T>(tools: ReadTools, read: (store: Store) => Promise<T>): Promise<T> {
  const { store, onError } = tools;
  try {
    return await read(store);
  } catch (error) {
    onError();
    const fault = store.faultOf(error);
    if (fault === undefined) throw error;
    const message = `the ledger ${store.name} cannot be read: ${fault}`;
    throw new MonitorError(message, { reason: 'ledger', retryable: true, cause: error });
  }
}

function taken(draft: LaunchDraft): MonitorError {
  const message = `the canary ${draft.id} cannot be launched: its id, token or tick is taken`;
  return new MonitorError(message, { reason: 'ledger', retryable: false });
}
