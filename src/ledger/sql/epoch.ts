import type { Kysely } from 'kysely';
import type { Tables } from './schema.ts';

/**
 * Another process became the writer of a ledger that this one had claimed and lost: what is in memory
 * is not what is stored any more.
 */
export class TakenOver extends Error {
  readonly fault = 'another process has written to it since, so this one has to be started anew';

  constructor() {
    super('the ledger has another epoch than when it was opened');
  }
}

/** Counts the writers that opened a ledger; whoever finds another number than its own is not the last of them. */
export async function beginEpoch(db: Kysely<Tables>): Promise<number> {
  const { value } = await db
    .insertInto('counters')
    .values({ name: 'epoch', value: 1 })
    .onConflict((conflict) =>
      conflict.column('name').doUpdateSet((eb) => ({ value: eb('counters.value', '+', 1) })),
    )
    .returning('value')
    .executeTakeFirstOrThrow();
  return value;
}
