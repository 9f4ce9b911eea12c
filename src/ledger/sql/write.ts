import type { Transaction } from 'kysely';
import { GoneBack } from '../gone-back.ts';
import type { Store, StoreTransaction } from '../store.ts';
import type { SqlConnection } from './dialect.ts';
import { TakenOver } from './epoch.ts';
import type { Tables } from './schema.ts';

/** One that is not the last writer any more never will be: it makes room for the one that is. */
export function createWrite(
  { db, resign }: SqlConnection,
  transactionOf: (transaction: Transaction<Tables>) => StoreTransaction,
): Store['write'] {
  let end: TakenOver | GoneBack | undefined;
  return async (body) => {
    if (end !== undefined) throw end;
    try {
      return await db.transaction().execute((transaction) => body(transactionOf(transaction)));
    } catch (error) {
      if (error instanceof TakenOver || error instanceof GoneBack) {
        end = error;
        await resign?.();
      }
      throw error;
    }
  };
}
