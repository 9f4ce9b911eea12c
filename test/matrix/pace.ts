import { setImmediate as nextTurn, setTimeout as realTime } from 'node:timers/promises';
import { createVirtualClock, type VirtualClock } from '../../src/base/virtual-clock.ts';

/** A Monday. */
export const START = Date.UTC(2026, 0, 5, 9);

const STEP_MS = 50;
const TURNS = 4;

/**
 * A clock for work over real sockets: it moves on by 50 ms once every socket in this process had its turns, so whatever is on its
 * way arrives in time on the slowest machine; and it is never more than some eight times as fast as the real one, by which the
 * libraries' own timers run, and which a connection takes.
 */
export async function runPaced<T>(work: (clock: VirtualClock) => Promise<T>): Promise<T> {
  const clock = createVirtualClock(START);
  let isOver = false;
  const done = (): void => void (isOver = true);
  const result = work(clock);
  result.then(done, done);
  const goesOn = (): boolean => !isOver;
  while (goesOn()) {
    await clock.runUntil(clock.now() + STEP_MS);
    for (let turn = 0; turn < TURNS; turn += 1) await nextTurn();
    await realTime(6);
  }
  return result;
}
