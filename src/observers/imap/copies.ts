import type { Clock, Instant } from '../../base/clock.ts';
import type { Observation } from '../observer.ts';

/** One copy of a canary: a mail in a folder. */
export interface Copy {
  readonly folder: string;
  readonly uidValidity: number;
  readonly uid: number;
  readonly deleted: boolean;
  readonly observation: Observation;
}

/**
 * The copies reported so far, by canary, so that a later one can be reported
 * together with those that are still there. Lost at a restart: a duplicate of
 * a canary that was seen before it counts as one copy.
 */
export interface CopyMemory {
  of(canaryId: string): readonly Copy[];
  remember(copies: readonly Copy[]): void;
}

const CANARIES_KEPT = 5_000;
const KEPT_MS = 72 * 3_600_000;
/** A loop may deliver one canary any number of times. */
const COPIES_KEPT = 20;

interface Entry {
  readonly at: Instant;
  readonly copies: readonly Copy[];
}

export function createCopyMemory(clock: Clock): CopyMemory {
  /** Oldest first. */
  const entries = new Map<string, Entry>();

  function forget(): void {
    const before = clock.now() - KEPT_MS;
    for (const [id, { at }] of entries) {
      if (entries.size <= CANARIES_KEPT && at >= before) return;
      entries.delete(id);
    }
  }

  return {
    of: (canaryId) => entries.get(canaryId)?.copies ?? [],
    remember(copies) {
      for (const copy of copies) {
        const { id } = copy.observation.token;
        const others = (entries.get(id)?.copies ?? []).filter((other) => !isSame(other, copy));
        entries.delete(id);
        entries.set(id, { at: clock.now(), copies: [...others, copy].slice(-COPIES_KEPT) });
      }
      if (copies.length > 0) forget();
    },
  };
}

/** Copies reported before that have to be asked for, since the same canaries show up anew. */
export function earlierCopies(fresh: readonly Copy[], memory: CopyMemory): readonly Copy[] {
  const canaries = new Set(fresh.map((copy) => copy.observation.token.id));
  return [...canaries]
    .flatMap((id) => memory.of(id))
    .filter((earlier) => !fresh.some((copy) => isSame(copy, earlier)));
}

/**
 * What to report of a canary's copies: those that are there. One that is only
 * marked \Deleted was moved (clients without MOVE copy and mark), unless it is
 * the only one.
 */
export function reportable(copies: readonly Copy[]): readonly Copy[] {
  return copies.filter(
    (copy) =>
      !copy.deleted ||
      !copies.some(
        (other) => other !== copy && other.observation.token.id === copy.observation.token.id,
      ),
  );
}

function isSame(a: Copy, b: Copy): boolean {
  return a.observation.externalId === b.observation.externalId;
}
