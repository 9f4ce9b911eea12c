import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Clock } from '../base/clock.ts';
import { messageOf, MonitorError } from '../base/errors.ts';
import type { Logger } from '../base/logger.ts';
import type { Unit } from './unit.ts';

/** One caller's part of a transaction. */
export interface Task {
  /** Waits while the ledger cannot be written; others fail at once. */
  readonly patient: boolean;
  /** The canaries that it is about, to be read before. */
  readonly ids: readonly string[];
  /** Does its part; answers what tells the caller once that is durable. May run again after a failure. */
  run(unit: Unit): Promise<() => void>;
  fail(error: unknown): void;
}

export interface WriterOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  /** What people call the ledger. */
  readonly name: string;
  /** Runs the tasks in one transaction, and tells their callers after it. */
  readonly commit: (tasks: readonly Task[]) => Promise<void>;
  /** See `Store.faultOf`. */
  readonly faultOf: (error: unknown) => string | undefined;
  /** Hears of each transaction that failed. */
  readonly onFailure: (error: unknown) => void;
}

const FIRST_RETRY_MS = 250;
const LAST_RETRY_MS = 5_000;
/** Canaries a transaction, unless one task alone has more: a transaction blocks the event loop while it runs. */
const BATCH_WEIGHT = 64;

/**
 * The one queue before the database, with group commit: all that is asked for
 * while a transaction runs, or within one turn of the event loop, goes into the
 * next one and shares its fsync.
 */
export class Writer {
  readonly #options: WriterOptions;
  #queue: Task[] = [];
  #failures = 0;
  /** So many of the next tasks go alone, to find the one that fails by itself. */
  #alone = 0;
  #closing = false;
  #patient = true;
  #loop: Promise<void> | undefined;
  #pause: AbortController | undefined;

  constructor(options: WriterOptions) {
    this.#options = options;
  }

  isWritable(): boolean {
    return this.#failures === 0 && !this.#closing;
  }

  submit(task: Task): void {
    if (this.#closing) {
      task.fail(this.#error('it is closed'));
      return;
    }
    this.#queue.push(task);
    if (!task.patient) this.#pause?.abort();
    this.#loop ??= this.#run();
  }

  /** From now on nothing waits: what cannot be written at its next attempt fails. */
  stopWaiting(): void {
    this.#patient = false;
    this.#pause?.abort();
  }

  /** One last attempt for all that waits, then nothing is taken any more. */
  async close(): Promise<void> {
    this.#closing = true;
    this.stopWaiting();
    await this.#loop;
  }

  async #run(): Promise<void> {
    while (this.#queue.length > 0) {
      // A turn of the event loop, not a span of time, so it is not the Clock's: gathers
      // what this turn's callbacks ask for, and lets I/O in between two transactions.
      await nextTurn();
      const batch = this.#take();
      try {
        await this.#options.commit(batch);
        this.#succeeded();
      } catch (error) {
        await this.#failed(batch, error);
      }
    }
    this.#loop = undefined;
  }

  #take(): readonly Task[] {
    if (this.#alone > 0) {
      this.#alone -= 1;
      return this.#queue.splice(0, 1);
    }
    if (this.#failures > 0 && this.#patient) {
      // A launch wants to know now, and costs less to try than all that waits.
      const urgent = this.#queue.filter((task) => !task.patient);
      if (urgent.length > 0) {
        this.#queue = this.#queue.filter((task) => task.patient);
        return urgent;
      }
    }
    return this.#queue.splice(0, this.#batchSize());
  }

  #batchSize(): number {
    let weight = 0;
    const end = this.#queue.findIndex((task) => {
      weight += Math.max(1, task.ids.length);
      return weight > BATCH_WEIGHT;
    });
    return end < 0 ? this.#queue.length : Math.max(1, end);
  }

  #succeeded(): void {
    if (this.#failures === 0) return;
    this.#failures = 0;
    const { logger, name } = this.#options;
    logger.info({ ledger: name, waiting: this.#queue.length }, 'the ledger can be written again');
  }

  async #failed(batch: readonly Task[], error: unknown): Promise<void> {
    this.#options.onFailure(error);
    const fault = this.#options.faultOf(error);
    if (fault === undefined) {
      this.#isolate(batch, error);
      return;
    }
    this.#alone = 0;
    this.#failures += 1;
    this.#report(fault, error);
    const [patient, urgent] = [batch.filter((t) => t.patient), batch.filter((t) => !t.patient)];
    this.#queue = [...patient, ...this.#queue];
    for (const task of urgent) task.fail(this.#error(fault, error));
    if (!this.#patient) this.#giveUp(fault, error);
    else if (this.#queue.length > 0) await this.#wait();
  }

  /** Not the database's fault: one task in it cannot be done, and must not take the others along. */
  #isolate(batch: readonly Task[], error: unknown): void {
    if (batch.length > 1) {
      this.#queue = [...batch, ...this.#queue];
      this.#alone = batch.length;
      return;
    }
    const [task] = batch;
    this.#options.logger.error({ err: error, ids: task?.ids }, 'a ledger entry cannot be written');
    task?.fail(error);
  }

  #giveUp(fault: string, cause: unknown): void {
    const waiting = this.#queue;
    this.#queue = [];
    for (const task of waiting) task.fail(this.#error(fault, cause));
  }

  /** Until the next attempt is due, a launch wants one, or the end has come. */
  async #wait(): Promise<void> {
    if (this.#queue.some((task) => !task.patient)) return;
    this.#pause = new AbortController();
    const ms = Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.min(10, this.#failures - 1));
    await this.#options.clock.sleep(ms, this.#pause.signal);
    this.#pause = undefined;
  }

  #report(fault: string, cause: unknown): void {
    if (this.#failures > 1) return;
    const { logger, name } = this.#options;
    logger.error({ ledger: name, fault, detail: messageOf(cause) }, 'the ledger cannot be written');
  }

  #error(fault: string, cause?: unknown): MonitorError {
    const message = `the ledger ${this.#options.name} cannot be written: ${fault}`;
    return new MonitorError(message, { reason: 'ledger', retryable: !this.#closing, cause });
  }
}
