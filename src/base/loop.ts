import type { Clock } from './clock.ts';
import { WITHOUT_TRACE } from './abort.ts';

export interface LoopOptions {
  readonly clock: Clock;
  /** One round; answers how many milliseconds may pass before the next one. */
  readonly round: (signal: AbortSignal) => Promise<number>;
  /** Waits between rounds, ended early by a nudge; default: the clock alone. */
  readonly wait?: (ms: number, signal: AbortSignal) => Promise<void>;
}

export interface Loop {
  /** Begins the next round at once, or right after the present one. */
  nudge(): void;
  /** Ends the present round by its signal and resolves when it is over. Idempotent. */
  stop(): Promise<void>;
  /** Resolves after stop(); rejects when a round threw. */
  readonly ended: Promise<void>;
}

export interface Supervision<L extends Loop> {
  readonly clock: Clock;
  /** Makes the loop, with a state of its own. */
  readonly start: () => L;
  /** Hears of a crash, and how many came one soon after the other; answers how many milliseconds to wait before the loop is made anew. */
  readonly onCrash: (error: unknown, crashes: number) => number;
}

export interface Supervised<L extends Loop> extends Loop {
  /** The running one: another one after a crash. */
  current(): L;
}

/** A crash after so long has nothing to do with the one before. */
const WELL_MS = 600_000;

/** A loop that is made anew when a round threw: our own bug must not blind the monitor for good. */
export function superviseLoop<L extends Loop>(options: Supervision<L>): Supervised<L> {
  const { clock, start, onCrash } = options;
  const stopping = new AbortController();
  let current = start();

  async function run(): Promise<void> {
    let crashes = 0;
    for (;;) {
      const startedAt = clock.now();
      try {
        await current.ended;
        return;
      } catch (error) {
        await current.stop(); // it may listen to something still
        const ranWell = clock.now() - startedAt >= WELL_MS;
        crashes = ranWell ? 1 : crashes + 1;
        await clock.sleep(onCrash(error, crashes), stopping.signal);
        if (stopping.signal.aborted) return;
        current = start();
      }
    }
  }

  const ended = run();
  ended.catch(() => undefined); // whoever awaits `ended` hears it
  return {
    ended,
    current: () => current,
    nudge: () => current.nudge(),
    async stop() {
      stopping.abort();
      await current.stop();
      await ended.catch(() => undefined);
    },
  };
}

/** Rounds with waits between them, until stopped. The one way in which anything repeats. */
export function startLoop(options: LoopOptions): Loop {
  const { clock, round } = options;
  const wait = options.wait ?? ((ms, signal) => clock.sleep(ms, signal));
  const stopping = new AbortController();
  let waiting = new AbortController();
  const nudge = { pending: false };
  const mustGoOn = (): boolean => nudge.pending || stopping.signal.aborted;
  const isStopping = (): boolean => stopping.signal.aborted;

  async function run(): Promise<void> {
    await Promise.resolve(); // whoever starts the loop holds it before its first round
    while (!isStopping()) {
      nudge.pending = false;
      const pauseMs = await round(stopping.signal);
      waiting = new AbortController();
      if (mustGoOn()) continue;
      await wait(pauseMs, waiting.signal);
    }
  }

  const ended = run();
  ended.catch(() => undefined); // whoever awaits `ended` hears it
  return {
    ended,
    nudge() {
      nudge.pending = true;
      waiting.abort(WITHOUT_TRACE);
    },
    async stop() {
      stopping.abort();
      waiting.abort(WITHOUT_TRACE);
      await ended.catch(() => undefined);
    },
  };
}
