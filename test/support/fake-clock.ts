import type { Clock, ClockStep, Instant } from '../../src/base/clock.ts';

interface Sleeper {
  readonly due: Instant;
  readonly wake: () => void;
}

/** A clock that stands still until the test moves it. */
export interface FakeClock extends Clock {
  /** Moves on to `now() + ms`, waking each sleeper at its own instant, in order. */
  advance(ms: number): Promise<void>;
  /** Resolves once `count` sleeps are pending: the code under test waits for time. */
  whenAsleep(count?: number): Promise<void>;
  /** Pretends that the wall clock stepped. */
  step(byMs: number): void;
  /** No time passes before this is done. */
  hold(work: Promise<unknown>): void;
}

/** `turns` of the event loop pass before time does: more, where work between two sleeps takes several (a ledger's write). */
export function createFakeClock(
  start: Instant = Date.UTC(2026, 0, 5, 9, 0, 0),
  turns = 1,
): FakeClock {
  let now = start;
  let skew = 0;
  const steps: ClockStep[] = [];
  const sleepers = new Set<Sleeper>();
  const watchers = new Set<() => void>();
  const held = new Set<Promise<unknown>>();
  const settle = async (): Promise<void> => {
    for (let turn = 0; turn < turns; turn += 1)
      await new Promise((resolve) => setImmediate(resolve));
    if (held.size === 0) return;
    await Promise.allSettled(held);
    await settle(); // what it was waited for may go on to ask for more
  };

  return {
    now: () => now,
    skewMs: () => skew,
    steps: () => steps,
    sleep(ms, signal) {
      return new Promise((resolve) => {
        if (signal?.aborted === true) {
          resolve();
          return;
        }
        const sleeper: Sleeper = {
          due: now + Math.max(0, ms),
          wake: () => {
            sleepers.delete(sleeper);
            signal?.removeEventListener('abort', sleeper.wake);
            resolve();
          },
        };
        sleepers.add(sleeper);
        signal?.addEventListener('abort', sleeper.wake, { once: true });
        for (const watcher of watchers) watcher();
      });
    },
    async advance(ms) {
      const end = now + ms;
      for (;;) {
        await settle();
        const next = [...sleepers].sort((a, b) => a.due - b.due)[0];
        if (next === undefined || next.due > end) break;
        now = Math.max(now, next.due);
        next.wake();
      }
      now = end;
      await settle();
    },
    whenAsleep(count = 1) {
      return new Promise((resolve) => {
        const check = (): void => {
          if (sleepers.size < count) return;
          watchers.delete(check);
          resolve();
        };
        watchers.add(check);
        check();
      });
    },
    step(byMs) {
      skew += byMs;
      steps.push({ at: now, byMs });
    },
    hold(work) {
      held.add(work);
      const done = (): void => void held.delete(work);
      work.then(done, done);
    },
  };
}
