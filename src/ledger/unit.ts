import { isDeepStrictEqual } from 'node:util';
import type { Instant, Uptime } from '../base/clock.ts';
import { apply, launchCanary, type Canary, type Fact } from '../domain/canary.ts';
import { effectsOf, LAUNCH_EFFECTS, type LedgerEvent } from '../domain/events.ts';
import { isOneSite } from '../domain/stage.ts';
import type { Pause } from '../domain/schedule.ts';
import type { FactEntry, LaunchDraft } from './ledger.ts';
import { LaunchRecord } from './record.ts';
import type {
  CanaryChange,
  CopyKey,
  Counters,
  ObserverState,
  ProbeState,
  StoreTransaction,
} from './store.ts';
import { totalsOf } from './totals.ts';

/** What a committed unit changed. */
export interface Changes {
  readonly events: readonly LedgerEvent[];
  /** What each event made of its canary, in the order of the events. */
  readonly became: readonly Canary[];
  /** The canaries that facts were about, as they were. */
  readonly before: ReadonlyMap<string, Canary>;
  /** What their records have become; where one stands twice, the last counts. */
  readonly canaries: readonly Canary[];
  readonly observers: ReadonlyMap<string, ObserverState>;
}

/** What a unit starts from. */
export interface UnitStart {
  readonly at: Instant;
  readonly counters: Counters;
  /** All canaries that facts will be about. */
  readonly canaries: ReadonlyMap<string, Canary>;
}

/** The work of one transaction: folds facts in memory, then writes what came out of it. */
export class Unit {
  readonly #transaction: StoreTransaction;
  readonly #start: UnitStart;
  readonly #canaries: Map<string, Canary>;
  readonly #launched: Canary[] = [];
  readonly #changed = new Map<string, CanaryChange>();
  readonly #events: LedgerEvent[] = [];
  readonly #became: Canary[] = [];
  readonly #observers = new Map<string, ObserverState>();
  #counters: Counters;

  constructor(transaction: StoreTransaction, start: UnitStart) {
    this.#transaction = transaction;
    this.#start = start;
    this.#canaries = new Map(start.canaries);
    this.#counters = start.counters;
  }

  /** Undefined where its id, its token or its tick is taken. */
  async launch(draft: LaunchDraft): Promise<Canary | undefined> {
    const sequence = this.#counters.sequence + 1;
    const canary = launchCanary(LaunchRecord.parse({ ...draft, sequence }));
    const position = this.#counters.position + 1;
    if (!(await this.#transaction.insertCanary({ canary, position }))) return undefined;
    this.#counters = { position, sequence };
    this.#canaries.set(canary.launch.id, canary);
    this.#launched.push(canary);
    this.#note(canary, { position, fact: { type: 'launched' }, effects: LAUNCH_EFFECTS });
    return canary;
  }

  /** Adds facts; those that change nothing, or are about nobody, make no event. */
  add(entries: readonly FactEntry[]): readonly LedgerEvent[] {
    return entries
      .map((entry) => this.#addOne(entry))
      .filter((event): event is LedgerEvent => event !== undefined);
  }

  /** A horizon never falls while the observer looks into the same place; the cursor is always the last one said. */
  async look(name: string, said: ObserverState): Promise<void> {
    const known = this.#observers.get(name) ?? (await this.#transaction.findObserver(name));
    this.#observers.set(name, { ...furthest(known, said), cursor: said.cursor ?? null });
  }

  activate(probe: string, vantage: string): Promise<ProbeState> {
    return this.#transaction.activateProbe(probe, vantage, this.#start.at);
  }

  retain(vantage: string, probes: readonly string[]): Promise<void> {
    return this.#transaction.retainProbes(vantage, probes);
  }

  pause(probe: string, vantage: string, pause: Pause): Promise<void> {
    return this.#transaction.savePause(probe, vantage, pause);
  }

  markTidied(copies: readonly CopyKey[]): Promise<void> {
    return this.#transaction.markTidied(copies, this.#start.at);
  }

  prune(before: Instant, limit: number): Promise<number> {
    return this.#transaction.deleteCanaries(before, limit);
  }

  touch(uptime: Uptime | undefined): Promise<void> {
    return this.#transaction.touch(this.#start.at, uptime);
  }

  /** Writes all of it into the transaction. */
  async finish(): Promise<Changes> {
    const changes = [...this.#changed.values()];
    if (this.#events.length > 0) {
      await this.#transaction.saveCanaries(changes);
      await this.#transaction.appendEvents(this.#events);
      await this.#transaction.addTotals(totalsOf(this.#events));
      await this.#transaction.saveCounters(this.#counters);
    }
    for (const [name, state] of this.#observers) await this.#transaction.saveObserver(name, state);
    const canaries = [...this.#launched, ...changes.map((change) => change.canary)];
    const [events, became, observers] = [this.#events, this.#became, this.#observers];
    return { events, became, before: this.#start.canaries, canaries, observers };
  }

  #addOne({ id, fact }: FactEntry): LedgerEvent | undefined {
    const before = this.#canaries.get(id);
    if (before === undefined || !isNews(before, fact)) return undefined;
    const after = apply(before, fact);
    if (isDeepStrictEqual(before, after)) return undefined;
    const position = this.#counters.position + 1;
    this.#counters = { ...this.#counters, position };
    this.#canaries.set(id, after);
    this.#changed.set(id, { canary: after, position });
    return this.#note(after, { position, fact, effects: effectsOf(before, after) });
  }

  #note(canary: Canary, part: Pick<LedgerEvent, 'position' | 'fact' | 'effects'>): LedgerEvent {
    const event = { ...part, at: this.#start.at, launch: canary.launch };
    this.#events.push(event);
    this.#became.push(canary);
    return event;
  }
}

/** Judgements are inserted if absent: the first one stands (semantics A4). */
function isNews(canary: Canary, fact: Fact): boolean {
  switch (fact.type) {
    case 'settled':
      return canary.settlement === null;
    case 'suspected':
      return canary.suspectedAt === null;
    case 'written_off':
      return canary.writtenOffAt === null;
    case 'forgotten':
      return canary.forgottenAt === null;
    case 'accepted':
    case 'refused':
    case 'doubted':
    case 'sighted':
    case 'passed':
    case 'copied':
    case 'clock_set':
      return true;
  }
}

type Reach = Pick<ObserverState, 'horizon' | 'site'>;

function furthest(known: Reach = { horizon: null }, said: Reach): Reach {
  if (said.horizon === null) return { horizon: known.horizon, site: known.site };
  const isComparable = known.horizon !== null && isOneSite(known.site, said.site);
  const horizon = isComparable ? Math.max(known.horizon, said.horizon) : said.horizon;
  return { horizon, site: said.site };
}
