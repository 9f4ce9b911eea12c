import type { Clock } from '../base/clock.ts';
import type { EventBus } from './bus.ts';
import { GoneBack } from './gone-back.ts';
import type { FactEntry } from './ledger.ts';
import type { OpenCanaries } from './open-canaries.ts';
import type {
  CanaryStep,
  Counters,
  ObserverState,
  Store,
  StoredTrails,
  StoreTransaction,
} from './store.ts';
import type { Trails } from './trails.ts';
import { Unit, type Changes } from './unit.ts';
import type { Task } from './writer.ts';

/** What is known without asking the database: exactly what is committed. */
export interface Memory {
  readonly store: Store;
  readonly open: OpenCanaries;
  readonly observers: Map<string, ObserverState>;
  readonly trails: Trails;
}

export interface CommitterTools {
  readonly clock: Clock;
  readonly bus: EventBus;
  /** Hears of canaries that were stored after all when their launch was said to have failed. */
  readonly onUnsent: (entries: readonly FactEntry[]) => void;
}

/** What a transaction makes; to be taken over once that is durable. */
interface Work {
  readonly changes: Changes;
  readonly tell: readonly (() => void)[];
  readonly checkpoint: StoredTrails | undefined;
}

/** Makes units of work durable, one at a time, and keeps what is known of the ledger equal to what is stored. */
export class Committer {
  readonly #memory: Memory;
  readonly #clock: Clock;
  readonly #bus: EventBus;
  readonly #onUnsent: CommitterTools['onUnsent'];
  /** Of the last attempt, when it is not known whether it was durable. */
  #doubted: Work | undefined;
  /** Of the last event that is known to be stored; undefined before the first commit. */
  #position: number | undefined;

  constructor(memory: Memory, { clock, bus, onUnsent }: CommitterTools) {
    this.#memory = memory;
    this.#clock = clock;
    this.#bus = bus;
    this.#onUnsent = onUnsent;
  }

  /** Runs the tasks in one transaction, and tells their callers after it. */
  async commit(tasks: readonly Task[]): Promise<void> {
    const { store } = this.#memory;
    const made: { work?: Work } = {};
    try {
      await store.write(async (transaction) => {
        const counters = await transaction.takeCounters();
        this.#endDoubt(counters);
        if (counters.position !== (this.#position ?? counters.position)) throw new GoneBack();
        this.#position = counters.position;
        made.work = await this.#work(tasks, transaction, counters);
      });
    } catch (error) {
      if (made.work !== undefined && store.faultOf(error) !== undefined) this.#doubted = made.work;
      throw error;
    }
    if (made.work !== undefined) this.#take(made.work);
  }

  async #work(
    tasks: readonly Task[],
    transaction: StoreTransaction,
    counters: Counters,
  ): Promise<Work> {
    const { trails } = this.#memory;
    // As of the last commit: what this one brings is replayed at a start.
    const checkpoint = trails.due(counters.position);
    if (checkpoint !== undefined) await transaction.saveTrails(checkpoint);
    const ids = [...new Set(tasks.flatMap((task) => task.ids))];
    const canaries = await transaction.findCanaries(ids);
    const unit = new Unit(transaction, { at: this.#clock.now(), counters, canaries });
    const tell: (() => void)[] = [];
    for (const task of tasks) tell.push(await task.run(unit));
    return { changes: await unit.finish(), tell, checkpoint };
  }

  /**
   * All was written when the last attempt failed, so only the answer to its COMMIT may be missing: the position
   * tells whether it took place. What it made without an event is made again, and is the same then.
   */
  #endDoubt({ position }: Counters): void {
    const work = this.#doubted;
    this.#doubted = undefined;
    if (work?.changes.events.at(-1)?.position !== position) return;
    this.#take(work);
    // Who wanted a launch was told that there is none, and sent nothing.
    const launched = work.changes.events.filter(({ fact }) => fact.type === 'launched');
    this.#onUnsent(launched.map(({ launch }) => ({ id: launch.id, fact: this.#unsent() })));
  }

  #unsent(): FactEntry['fact'] {
    const detail = 'not sent: the ledger did not answer whether it was written';
    const at = this.#clock.now();
    return { type: 'refused', refusal: { at, reason: 'ledger', code: null, detail } };
  }

  #take({ changes, tell, checkpoint }: Work): void {
    this.#position = changes.events.at(-1)?.position ?? this.#position;
    if (checkpoint !== undefined) this.#memory.trails.stored(checkpoint);
    this.#remember(changes);
    for (const done of tell) done();
    this.#bus.emit(changes.events, changes.became);
  }

  #remember(changes: Changes): void {
    for (const canary of changes.canaries) this.#memory.open.update(canary);
    this.#memory.trails.take(stepsOf(changes));
    for (const [name, state] of changes.observers) this.#memory.observers.set(name, state);
  }
}

/** Each canary once, with what it has become in the end. */
function stepsOf({ before, canaries }: Changes): readonly CanaryStep[] {
  const steps = new Map<string, CanaryStep>();
  for (const after of canaries) {
    const { id } = after.launch;
    steps.set(id, { before: before.get(id), after });
  }
  return [...steps.values()];
}
