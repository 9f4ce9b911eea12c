import type { Instant } from '../base/clock.ts';
import type { Canary } from '../domain/canary.ts';
import { counts } from '../domain/probe.ts';
import { withPause } from '../domain/schedule.ts';
import { compareOrder, orderKey, type OrderKey } from '../domain/series.ts';
import { isOpen } from '../ledger/open-canaries.ts';
import type {
  CanaryStep,
  Counters,
  Newest,
  ObserverState,
  ProbeState,
  Store,
  StoredTrail,
  StoreTransaction,
} from '../ledger/store.ts';
import { TotalsSum, type Total } from '../ledger/totals.ts';

import type { TotalsView } from '../ledger/view.ts';

/** A store that outlives its ledger, as a file does, and not the process. */
export interface MemoryStore extends Store {
  totals(): TotalsView;
  /** Transactions begun so far. */
  writes(): number;
  canaries(): Iterable<Canary>;
}

/** All that is kept, and how to take back what the running transaction has done. */
class Memory {
  readonly canaries = new Map<string, Canary>();
  readonly ticks = new Set<string>();
  readonly observers = new Map<string, ObserverState>();
  readonly probes = new Map<string, ProbeState>();
  readonly totals = new TotalsSum();
  counters: Counters = { position: 0, sequence: 0 };
  /** By series, with the position of the last time that some were stored. */
  readonly trails = new Map<string, StoredTrail>();
  trailsAt = 0;
  /** What canaries that have changed since then were like; undefined: not there. */
  readonly before = new Map<string, Canary | undefined>();
  undo: (() => void)[] = [];

  put<K, V>(map: Map<K, V>, key: K, value: V): void {
    const [had, before] = [map.has(key), map.get(key)];
    this.undo.push(() => {
      if (had && before !== undefined) map.set(key, before);
      else map.delete(key);
    });
    map.set(key, value);
  }

  /** A record, and what it was before the evidence of loss was stored last. */
  putCanary(canary: Canary): void {
    const { id } = canary.launch;
    const { before, canaries } = this;
    if (!before.has(id)) {
      before.set(id, canaries.get(id));
      this.undo.push(() => before.delete(id));
    }
    this.put(canaries, id, canary);
  }

  remove<K, V>(map: Map<K, V>, key: K): void {
    const before = map.get(key);
    if (before !== undefined) this.undo.push(() => map.set(key, before));
    map.delete(key);
  }

  rollBack(): void {
    for (const back of this.undo.reverse()) back();
  }
}

/**
 * Keeps canaries, totals and horizons in memory, for simulations: no time line of events, no copies to be cleaned
 * away. One writer; a transaction that fails is taken back. `trails`: what canaries of before told of loss.
 */
export function createMemoryStore(trails: readonly StoredTrail[] = []): MemoryStore {
  const memory = new Memory();
  for (const trail of trails) memory.trails.set(keyOf(trail), trail);
  const { canaries, totals } = memory;
  const transaction = createTransaction(memory);
  let writes = 0;
  return {
    name: 'memory',
    async write(body) {
      memory.undo = [];
      writes += 1;
      try {
        return await body(transaction);
      } catch (error) {
        memory.rollBack();
        throw error;
      }
    },
    findCanary: (id) => Promise.resolve(canaries.get(id)),
    openCanaries: () => Promise.resolve([...canaries.values()].filter(isOpen)),
    newest: (probe, vantage) => Promise.resolve(newestOf(canaries.values(), probe, vantage)),
    trails: () =>
      Promise.resolve({ position: memory.trailsAt, trails: [...memory.trails.values()] }),
    stepsAfter: () => Promise.resolve(stepsOf(memory)),
    observers: () => Promise.resolve(memory.observers),
    clockMark: () => Promise.resolve(undefined),
    litter: () => Promise.resolve([]),
    countLitter: () => Promise.resolve(0),
    faultOf: () => undefined,
    isSyncFault: () => false,
    close: () => Promise.resolve(),
    totals: () => ({ position: memory.counters.position, totals: totals.all() }),
    canaries: () => canaries.values(),
    writes: () => writes,
  };
}

function createTransaction(memory: Memory): StoreTransaction {
  const { canaries, observers } = memory;
  return {
    ...probesOf(memory),
    takeCounters: () => Promise.resolve(memory.counters),
    saveCounters(next) {
      const before = memory.counters;
      memory.undo.push(() => (memory.counters = before));
      memory.counters = next;
      return Promise.resolve();
    },
    insertCanary: ({ canary }) => Promise.resolve(insert(memory, canary)),
    findCanaries: (ids) => Promise.resolve(new Map(ids.flatMap((id) => entryOf(canaries, id)))),
    saveCanaries(changes) {
      for (const { canary } of changes) memory.putCanary(canary);
      return Promise.resolve();
    },
    appendEvents: () => Promise.resolve(),
    addTotals(more) {
      const back = more.map((total): Total => ({ ...total, value: -total.value }));
      memory.totals.add(more);
      memory.undo.push(() => memory.totals.add(back));
      return Promise.resolve();
    },
    findObserver: (name) => Promise.resolve(observers.get(name)),
    saveObserver(name, state) {
      memory.put(observers, name, state);
      return Promise.resolve();
    },
    deleteCanaries: (before, limit) => Promise.resolve(prune(memory, before, limit)),
    saveTrails({ position, trails }) {
      const [at, before] = [memory.trailsAt, new Map(memory.before)];
      for (const trail of trails) memory.put(memory.trails, keyOf(trail), trail);
      memory.undo.push(() => {
        memory.trailsAt = at;
        for (const [id, canary] of before) memory.before.set(id, canary);
      });
      memory.trailsAt = position;
      memory.before.clear();
      return Promise.resolve();
    },
    markTidied: () => Promise.resolve(),
    touch: () => Promise.resolve(),
  };
}

function keyOf({ series }: StoredTrail): string {
  return JSON.stringify(series);
}

function insert(memory: Memory, canary: Canary): boolean {
  const { id, scheduledAt, route } = canary.launch;
  const tick = `${route.probe}/${route.vantage}/${scheduledAt}`;
  const isTaken = scheduledAt !== null && memory.ticks.has(tick);
  if (isTaken || memory.canaries.has(id)) return false;
  memory.putCanary(canary);
  memory.ticks.add(tick);
  memory.undo.push(() => memory.ticks.delete(tick));
  return true;
}

function stepsOf({ before, canaries }: Memory): readonly CanaryStep[] {
  return [...before].flatMap(([id, known]) => {
    const after = canaries.get(id);
    return after === undefined ? [] : [{ before: known, after }];
  });
}

function prune(memory: Memory, before: Instant, limit: number): number {
  let count = 0;
  for (const [id, canary] of memory.canaries) {
    if (count === limit || canary.launch.launchedAt >= before) break;
    if (isOpen(canary)) continue;
    memory.remove(memory.canaries, id);
    count += 1;
  }
  return count;
}

function probesOf(
  memory: Memory,
): Pick<StoreTransaction, 'activateProbe' | 'retainProbes' | 'savePause'> {
  const { probes } = memory;
  return {
    activateProbe(probe, vantage, at) {
      const key = `${vantage}/${probe}`;
      const state = probes.get(key) ?? { activatedAt: at, pause: null, earlierPauses: [] };
      memory.put(probes, key, state);
      return Promise.resolve(state);
    },
    retainProbes(vantage, names) {
      const kept = new Set(names.map((name) => `${vantage}/${name}`));
      for (const key of [...probes.keys()]) {
        if (key.startsWith(`${vantage}/`) && !kept.has(key)) memory.remove(probes, key);
      }
      for (const [key, { series }] of memory.trails) {
        const isOurs = series.vantage === vantage;
        if (isOurs && !kept.has(`${vantage}/${series.probe}`)) memory.remove(memory.trails, key);
      }
      return Promise.resolve();
    },
    savePause(probe, vantage, pause) {
      const key = `${vantage}/${probe}`;
      const state = probes.get(key);
      if (state !== undefined) memory.put(probes, key, { ...state, ...withPause(state, pause) });
      return Promise.resolve();
    },
  };
}

function entryOf(canaries: ReadonlyMap<string, Canary>, id: string): [string, Canary][] {
  const canary = canaries.get(id);
  return canary === undefined ? [] : [[id, canary]];
}

function newestOf(all: Iterable<Canary>, probe: string, vantage: string): Newest {
  const [accepted, ingested] = [createNewest(), createNewest()];
  for (const canary of all) {
    const { route, kind } = canary.launch;
    if (route.probe !== probe || route.vantage !== vantage || !counts(kind)) continue;
    accepted.offer(canary);
    if (canary.sightings.length > 0) ingested.offer(canary);
  }
  return { accepted: accepted.found(), ingested: ingested.found() };
}

function createNewest() {
  let newest: { readonly key: OrderKey; readonly canary: Canary } | undefined;
  return {
    offer(canary: Canary): void {
      const key = orderKey(canary);
      if (key === undefined) return;
      if (newest === undefined || compareOrder(key, newest.key) > 0) newest = { key, canary };
    },
    found: (): Canary | undefined => newest?.canary,
  };
}
