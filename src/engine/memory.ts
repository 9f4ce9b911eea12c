import * as z from 'zod';
import type { StampProof } from '../domain/stamp.ts';

/** What a watcher has to know from look to look, also after a restart; stored with the looks, as their cursor. */
export interface WatchMemory {
  /** The observer's own cursor. */
  readonly cursor: unknown;
  /** How far the observer's stamps have proven honest. */
  readonly proof: StampProof | undefined;
}

const Stored = z.object({
  watch: z.literal(1),
  cursor: z.unknown(),
  proof: z.object({ source: z.string(), agreed: z.int().nonnegative() }).nullable(),
});

/** Anything else is a bare cursor, as the first versions stored it. */
export function readMemory(stored: unknown): WatchMemory {
  const parsed = Stored.safeParse(stored);
  if (!parsed.success) return { cursor: stored, proof: undefined };
  return { cursor: parsed.data.cursor, proof: parsed.data.proof ?? undefined };
}

export function writeMemory({ cursor, proof }: WatchMemory): unknown {
  return { watch: 1, cursor: cursor ?? null, proof: proof ?? null };
}
