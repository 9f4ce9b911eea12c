import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { uptime } from 'node:os';
import { createBootClock } from './boot-clock.ts';
import { createSteadyTime, type Clock } from './clock.ts';
import type { Random } from './random.ts';

/** setTimeout fires at once for delays beyond 2^31-1 ms; longer sleeps go in pieces. */
const LONGEST_TIMER_MS = 2_147_483_647;

/** Node's own timers as {@link Clock.sleep}. */
function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted === true) {
      resolve();
      return;
    }
    let disarm = (): void => undefined;
    const done = (): void => {
      signal?.removeEventListener('abort', abort);
      resolve();
    };
    const abort = (): void => {
      disarm();
      done();
    };
    const arm = (left: number): void => {
      const piece = Math.min(left, LONGEST_TIMER_MS);
      const timer = setTimeout(() => (left > piece ? arm(left - piece) : done()), piece);
      disarm = () => clearTimeout(timer);
    };
    if (ms > 0) {
      arm(ms);
    } else {
      const turn = setImmediate(done);
      disarm = () => clearImmediate(turn);
    }
    signal?.addEventListener('abort', abort, { once: true });
  });
}

/** The clock of the machine. `os.uptime()` counts suspension, hrtime does not. */
export function createSystemClock(): Clock {
  const [wall, monotonic] = [() => Date.now(), () => performance.now()];
  const boot = createBootClock({ wall, monotonic, boot: () => uptime() * 1_000 });
  const time = createSteadyTime({ wall, monotonic, boot });
  const bootId = readBootId();
  return {
    ...time,
    sleep,
    uptime: () => (bootId === undefined ? undefined : { bootId, ms: uptime() * 1_000 }),
  };
}

/** Linux's name for this boot (random(4)); other systems have none. */
function readBootId(): string | undefined {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    return undefined;
  }
}

/** The chance of the machine: the operating system's generator. */
export function createSystemRandom(): Random {
  return { bytes: (count) => randomBytes(count) };
}

/** Calls back if the process is still alive after `ms`; does not itself keep it alive. */
export function onLingering(ms: number, callback: () => void): void {
  setTimeout(callback, ms).unref();
}
