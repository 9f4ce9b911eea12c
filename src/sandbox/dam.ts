import type { Clock } from '../base/clock.ts';

/** Where mail is held during an outage, and let out in the order of acceptance afterwards. */
export interface Dam<T> {
  /** Lets `item` through at once, or holds it: while it is shut, and while older ones are still inside. */
  pass(item: T): void;
  /** Begins to let out what is held, if it is open now. */
  drain(): void;
}

export interface DamOptions<T> {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly isShut: () => boolean;
  /** From one that is let out to the next, in milliseconds. */
  readonly gapMs: () => number;
  /** Small ones first. */
  readonly rank: (item: T) => number;
  readonly onHeld: (item: T) => void;
  readonly onOut: (item: T) => void;
}

export function createDam<T>(options: DamOptions<T>): Dam<T> {
  const { clock, signal, isShut, gapMs, rank, onHeld, onOut } = options;
  const inside: T[] = [];
  const state = { draining: false };

  async function run(): Promise<void> {
    state.draining = true;
    while (!isShut() && !signal.aborted) {
      const item = inside.shift();
      if (item === undefined) break;
      onOut(item);
      if (gapMs() > 0) await clock.sleep(gapMs(), signal);
    }
    state.draining = false;
  }

  return {
    pass(item) {
      if (!isShut() && inside.length === 0) {
        onOut(item);
        return;
      }
      const after = inside.findIndex((other) => rank(other) > rank(item));
      inside.splice(after < 0 ? inside.length : after, 0, item);
      onHeld(item);
    },
    drain() {
      if (!state.draining) void run();
    },
  };
}
