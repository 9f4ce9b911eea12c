import * as z from 'zod';
import type { Clock, Instant } from '../../base/clock.ts';

/** Canaries that were seen in spam, and may be taken out of it. */
export interface MisfiledBook {
  note(id: number): void;
  forget(id: number): void;
  /** Those to look at now, the one that was looked at longest ago first; at most so many. */
  due(limit: number): readonly number[];
  /** What is to be stored of it; JSON. */
  mark(): unknown;
  restore(mark: unknown): void;
}

/** One request each, in a complete look. */
const LOOKED_AT_ONCE = 3;
const KEPT = 50;
/** As long as a recovery counts, unless it is configured otherwise (`forget_after`). */
const KEPT_MS = 72 * 3_600_000;

const Stored = z.array(z.tuple([z.int(), z.number()])).max(KEPT);

export function createMisfiledBook(clock: Clock): MisfiledBook {
  /** Ticket to when it was first seen there; the one looked at longest ago first. */
  const known = new Map<number, Instant>();
  return {
    note(id) {
      if (!known.has(id)) known.set(id, clock.now());
      const [oldest] = known.keys();
      if (known.size > KEPT && oldest !== undefined) known.delete(oldest);
    },
    forget: (id) => void known.delete(id),
    due(limit) {
      for (const [id, at] of known) if (clock.now() - at > KEPT_MS) known.delete(id);
      const ids = [...known.keys()].slice(0, Math.max(0, Math.min(LOOKED_AT_ONCE, limit)));
      for (const id of ids) {
        const at = known.get(id) ?? clock.now();
        known.delete(id);
        known.set(id, at);
      }
      return ids;
    },
    mark: () => [...known],
    restore(mark) {
      const stored = Stored.safeParse(mark).data ?? [];
      for (const [id, at] of stored) if (!known.has(id)) known.set(id, at);
    },
  };
}
