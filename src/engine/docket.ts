import type { Instant } from '../base/clock.ts';
import type { Canary } from '../domain/canary.ts';
import { isOpen } from '../ledger/open-canaries.ts';
import { Deadlines } from './deadlines.ts';

export interface Times {
  readonly now: Instant;
  /** Of an observer; undefined when there is none that could be trusted. */
  readonly horizonOf: (observer: string) => Instant | undefined;
}

/** The canaries about which there may be something to say: those with news, and those with a deadline passed. */
export class Docket {
  readonly #news = new Map<string, Canary>();
  readonly #byClock = new Deadlines();
  readonly #byHorizon = new Map<string, Deadlines>();

  /** It has changed, or it has to be looked at whatever the time. */
  add(canary: Canary): void {
    this.#news.set(canary.launch.id, canary);
  }

  /** Up to `limit` of them, each once; what was said of them comes back by {@link add}. */
  take(times: Times, limit: number): readonly Canary[] {
    const due = new Map<string, Canary>();
    const room = (): number => limit - due.size;
    for (const [id, canary] of this.#news) {
      if (room() === 0) break;
      if (isOpen(canary)) due.set(id, canary);
      this.#news.delete(id);
      this.#schedule(canary, times);
    }
    const passed = this.#byClock.takePassed(times.now, room());
    for (const canary of passed) due.set(canary.launch.id, canary);
    for (const [observer, deadlines] of this.#byHorizon) {
      const horizon = times.horizonOf(observer);
      if (horizon === undefined) continue;
      for (const canary of deadlines.takePassed(horizon, room())) due.set(canary.launch.id, canary);
    }
    return [...due.values()];
  }

  /** Whether somebody waits for a judgement that no time has to pass for. */
  hasNews(): boolean {
    return this.#news.size > 0;
  }

  /** The earliest deadline that our own clock will pass. */
  nextByClock(): Instant {
    return this.#byClock.next() ?? Infinity;
  }

  /** The earliest deadline that a horizon will pass, or could pass. */
  nextByHorizon(): Instant {
    const nexts = [...this.#byHorizon.values()].map((deadlines) => deadlines.next() ?? Infinity);
    return Math.min(Infinity, ...nexts);
  }

  #schedule(canary: Canary, { now, horizonOf }: Times): void {
    const { observer } = canary.launch.route;
    this.#byClock.update(canary, now);
    const horizon = horizonOf(observer) ?? -Infinity;
    let deadlines = this.#byHorizon.get(observer);
    if (deadlines === undefined) this.#byHorizon.set(observer, (deadlines = new Deadlines()));
    deadlines.update(canary, horizon);
  }
}
