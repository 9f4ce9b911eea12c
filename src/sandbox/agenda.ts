import type { Clock, Instant } from '../base/clock.ts';
import { startLoop, type Loop } from '../base/loop.ts';

/** Things that are due later, in the order in which they fall due; one timer for all of them. */
export interface Agenda<T> {
  /** Due in so many milliseconds; 0 or less: now, before this returns. */
  add(item: T, delayMs: number): void;
  /** Drops what is not due yet. Idempotent. */
  stop(): Promise<void>;
}

export interface AgendaOptions<T> {
  readonly clock: Clock;
  readonly onDue: (item: T) => void;
  /** `onDue` threw: nothing falls due any more. */
  readonly onFailure: (error: unknown) => void;
}

interface Entry<T> {
  readonly at: Instant;
  readonly item: T;
}

/** No longer than this at a time, so that a long sleep is never the reason for a late one. */
const LONGEST_MS = 3_600_000;

export function createAgenda<T>({ clock, onDue, onFailure }: AgendaOptions<T>): Agenda<T> {
  /** By time, first come first. */
  const entries: Entry<T>[] = [];
  let loop: Loop | undefined;
  let isStopped = false;

  /** Takes what is due; answers when the next one is. */
  function round(): Promise<number> {
    for (let next = entries[0]; next !== undefined && next.at <= clock.now(); next = entries[0]) {
      entries.shift();
      onDue(next.item);
    }
    const next = entries[0];
    const waitMs = next === undefined ? LONGEST_MS : next.at - clock.now();
    return Promise.resolve(Math.min(LONGEST_MS, waitMs));
  }

  function begin(): Loop {
    const begun = startLoop({ clock, round });
    begun.ended.catch(onFailure);
    return begun;
  }

  return {
    add(item, delayMs) {
      if (isStopped) return;
      if (delayMs <= 0) {
        onDue(item);
        return;
      }
      const at = clock.now() + delayMs;
      const place = placeOf(entries, at);
      entries.splice(place, 0, { at, item });
      loop ??= begin();
      if (place === 0) loop.nudge();
    },
    async stop() {
      isStopped = true;
      entries.length = 0;
      await loop?.stop();
    },
  };
}

/** Behind all that are due at the same time or before: by halves. */
function placeOf<T>(entries: readonly Entry<T>[], at: Instant): number {
  let [low, high] = [0, entries.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((entries[middle]?.at ?? Infinity) <= at) low = middle + 1;
    else high = middle;
  }
  return low;
}
