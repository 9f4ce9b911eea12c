import type { Place } from '../../domain/sighting.ts';
import type { Headers } from '../letter.ts';
import type { Transaction } from './reply.ts';

/** A transaction by which mail came. */
export interface Letter {
  readonly transaction: Transaction;
  readonly headers: Headers;
}

/**
 * What is known of transactions and tickets already, so that lists which
 * overlap cost nothing but themselves. Lost at a restart, then asked for again.
 */
export interface Memory {
  /** `none`: it brought no mail. */
  letter(transactionId: number): Letter | 'none' | undefined;
  setLetter(transactionId: number, letter: Letter | 'none'): void;
  lettersOf(ticketId: number): readonly Letter[];
  /** Where a ticket is, as of the last change that was read; `gone`: deleted, or merged into another. */
  place(ticketId: number): Place | 'gone' | undefined;
  setPlace(ticketId: number, place: Place | 'gone'): void;
  /** Changes of tickets that were looked into. */
  readonly changes: Noted;
  /** Transactions that name us and are of another queue, or no mail. */
  readonly others: Noted;
}

export interface Noted {
  has(id: number): boolean;
  add(id: number): void;
}

/** More than a thousand probes bring within the overlap. */
const KEPT = 5_000;

export function createMemory(): Memory {
  const letters = new Map<number, Letter | 'none'>();
  const places = new Map<number, Place | 'gone'>();
  return {
    letter: (id) => letters.get(id),
    setLetter: (id, letter) => keep(letters.set(id, letter)),
    lettersOf: (ticketId) =>
      [...letters.values()]
        .filter((letter) => letter !== 'none')
        .filter(({ transaction }) => transaction.ticketId === ticketId),
    place: (ticketId) => places.get(ticketId),
    setPlace: (ticketId, place) => keep(places.set(ticketId, place)),
    changes: createNoted(),
    others: createNoted(),
  };
}

function createNoted(): Noted {
  const ids = new Set<number>();
  return { has: (id) => ids.has(id), add: (id) => keep(ids.add(id)) };
}

/** Drops the oldest. */
function keep(entries: Map<number, unknown> | Set<number>): void {
  for (const id of entries.keys()) {
    if (entries.size <= KEPT) return;
    entries.delete(id);
  }
}
