import type { Observation } from '../observer.ts';

/**
 * The copies reported so far, by canary, so that a later one can be reported
 * together with those that are still there. Lost at a restart: a duplicate of
 * a canary that was seen before it counts as one copy.
 */
export interface CopyMemory {
  of(canaryId: string): readonly Observation[];
  remember(observations: readonly Observation[]): void;
}

const CANARIES_KEPT = 5_000;
/** A loop may deliver one canary any number of times. */
const COPIES_KEPT = 20;

export function createCopyMemory(): CopyMemory {
  /** Oldest first. */
  const entries = new Map<string, readonly Observation[]>();
  return {
    of: (canaryId) => entries.get(canaryId) ?? [],
    remember(observations) {
      for (const observation of observations) {
        const { id } = observation.token;
        const others = (entries.get(id) ?? []).filter(
          ({ externalId }) => externalId !== observation.externalId,
        );
        entries.delete(id);
        entries.set(id, [...others, observation].slice(-COPIES_KEPT));
      }
      for (const id of entries.keys()) {
        if (entries.size <= CANARIES_KEPT) return;
        entries.delete(id);
      }
    },
  };
}

/** Copies reported before that have to be asked for, since the same canaries show up anew. */
export function earlierCopies(
  fresh: readonly Observation[],
  memory: CopyMemory,
): readonly Observation[] {
  const canaries = new Set(fresh.map(({ token }) => token.id));
  return [...canaries]
    .flatMap((id) => memory.of(id))
    .filter((earlier) => !fresh.some(({ externalId }) => externalId === earlier.externalId));
}
