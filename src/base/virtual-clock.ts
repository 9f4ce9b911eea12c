import { setImmediate as nextTurn } from 'node:timers/promises';
import TinyQueue from 'tinyqueue';
import { SLEW_LIMIT, type Clock, type ClockStep, type Instant } from './clock.ts';

/** A clock that jumps from one sleeper's instant to the next: hours pass as fast as somebody computes. */
export interface VirtualClock extends Clock {
  /**
   * Lives on to an instant, waking each sleeper at its own, in order. Those of one instant wake in the order in which
   * they fell asleep, so that what follows is the same each time.
   */
  runUntil(end: Instant): Promise<void>;
  /** The wall clock jumps against this one, which then follows it slowly (semantics B4). */
  step(byMs: number): void;
}

interface Sleeper {
  readonly due: Instant;
  readonly order: number;
  readonly wake: () => void;
  isOver: boolean;
}

interface Sleepers {
  /** Resolves when it is woken, or when the signal aborts. */
  add(due: Instant, signal: AbortSignal | undefined): Promise<void>;
  /** Takes the first one that is due by then. */
  next(end: Instant): Sleeper | undefined;
}

function createSleepers(): Sleepers {
  const queue = new TinyQueue<Sleeper>([], (a, b) => a.due - b.due || a.order - b.order);
  let count = 0;
  return {
    add(due, signal) {
      return new Promise((resolve) => {
        if (signal?.aborted === true) {
          resolve();
          return;
        }
        const sleeper: Sleeper = {
          ...{ due, order: (count += 1), isOver: false },
          wake() {
            sleeper.isOver = true;
            signal?.removeEventListener('abort', sleeper.wake);
            resolve();
          },
        };
        queue.push(sleeper);
        signal?.addEventListener('abort', sleeper.wake, { once: true });
      });
    },
    next(end) {
      while (queue.peek()?.isOver === true) queue.pop();
      const first = queue.peek();
      return first === undefined || first.due > end ? undefined : queue.pop();
    },
  };
}

/** Turns of the event loop that pass before time does: a write to the ledger begins in the second one. */
const TURNS = 2;

/**
 * `activity` counts what may have more to do at the same instant, such as writes to the ledger: as long as it rises,
 * time stands still. Nothing that waits for a network or a disk gets its time.
 */
export function createVirtualClock(start: Instant, activity: () => number = () => 0): VirtualClock {
  let now = start;
  /** What was left of the wall clock's lead at `skewAt`. */
  let [skew, skewAt] = [0, start];
  const steps: ClockStep[] = [];
  const sleepers = createSleepers();

  const skewNow = (): number => {
    const slewed = (now - skewAt) * SLEW_LIMIT;
    return Math.sign(skew) * Math.max(0, Math.abs(skew) - slewed);
  };

  async function settle(): Promise<void> {
    for (let turn = 1, before = -1; turn <= TURNS || activity() !== before; turn += 1) {
      before = activity();
      await nextTurn();
    }
  }

  return {
    now: () => now,
    skewMs: skewNow,
    steps: () => steps,
    sleep: (ms, signal) => sleepers.add(now + Math.max(0, ms), signal),
    async runUntil(end) {
      for (;;) {
        await settle();
        const sleeper = sleepers.next(end);
        if (sleeper === undefined) break;
        now = Math.max(now, sleeper.due);
        sleeper.wake();
      }
      now = Math.max(now, end);
    },
    step(byMs) {
      [skew, skewAt] = [skewNow() + byMs, now];
      steps.push({ at: now, byMs });
    },
  };
}
