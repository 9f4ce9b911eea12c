import * as z from 'zod';
import type { Instant } from '../base/clock.ts';
import { isOneSite } from '../domain/stage.ts';
import type { StampProof } from '../domain/stamp.ts';
import type { ObserverState } from '../ledger/ledger.ts';

/** What a watcher has to know from look to look, also after a restart; stored with the looks, as their cursor. */
export interface WatchMemory {
  /** The observer's own cursor. */
  readonly cursor: unknown;
  /** How far the observer's stamps have proven honest. */
  readonly proof: StampProof | undefined;
  /** Where it looked; undefined where that is not known. */
  readonly site?: string | undefined;
}

const Stored = z.object({
  watch: z.literal(1),
  cursor: z.unknown(),
  proof: z.object({ source: z.string(), agreed: z.int().nonnegative() }).nullable(),
  site: z.string().exactOptional(),
});

/** Anything else is a bare cursor, as the first versions stored it. */
export function readMemory(stored: unknown): WatchMemory {
  const parsed = Stored.safeParse(stored);
  if (!parsed.success) return { cursor: stored, proof: undefined };
  const { cursor, proof, site } = parsed.data;
  return { cursor, proof: proof ?? undefined, site };
}

export function writeMemory({ cursor, proof, site }: WatchMemory): unknown {
  const known = { watch: 1, cursor: cursor ?? null, proof: proof ?? null };
  return site === undefined ? known : { ...known, site };
}

/** What a watcher begins with. */
export interface Recall {
  readonly memory: WatchMemory;
  readonly horizon: Instant | undefined;
}

/** What is stored under its name, but for what was learned elsewhere: that tells nothing of where it looks now. */
export function recall(stored: ObserverState | undefined, site: string | undefined): Recall {
  const memory = readMemory(stored?.cursor);
  const isMine = isOneSite(memory.site, site);
  const sees = isOneSite(stored?.site, site);
  return {
    memory: isMine ? memory : { cursor: undefined, proof: undefined, site: memory.site },
    horizon: sees ? (stored?.horizon ?? undefined) : undefined,
  };
}
