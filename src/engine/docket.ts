import type { Instant } from '../base/clock.ts';
import type { Canary } from '../domain/canary.ts';
import type { Route } from '../domain/probe.ts';
import { isOpen } from '../ledger/open-canaries.ts';
import { Deadlines } from './deadlines.ts';

export interface Times {
  readonly now: Instant;
  /** Of an observer, looking where it does on that route; undefined when there is none that could be trusted. */
  readonly horizonOf: (decider: Decider) => Instant | undefined;
}

/** Whose looks decide, and where they look. */
export type Decider = Pick<Route, 'observer' | 'site'>;

interface Court {
  readonly decider: Decider;
  readonly deadlines: Deadlines;
}

/** The canaries about which there may be something to say: those with news, and those with a deadline passed. */
export class Docket {
  readonly #news = new Map<string, Canary>();
  readonly #byClock = new Deadlines();
  readonly #byHorizon = new Map<string, Court>();

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
    for (const { decider, deadlines } of this.#byHorizon.values()) {
      const horizon = times.horizonOf(decider);
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
    const all = [...this.#byHorizon.values()];
    const nexts = all.map(({ deadlines }) => deadlines.next() ?? Infinity);
    return Math.min(Infinity, ...nexts);
  }

  #schedule(canary: Canary, { now, horizonOf }: Times): void {
    const { route } = canary.launch;
    this.#byClock.update(canary, now);
    this.#deadlinesOf(route).update(canary, horizonOf(route) ?? -Infinity);
  }

  #deadlinesOf({ observer, site = '' }: Decider): Deadlines {
    const key = [site, observer].join(' ');
    const known = this.#byHorizon.get(key);
    if (known !== undefined) return known.deadlines;
    const deadlines = new Deadlines();
    const decider = site === '' ? { observer } : { observer, site };
    this.#byHorizon.set(key, { decider, deadlines });
    return deadlines;
  }
}
