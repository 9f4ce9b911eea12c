import { openSqlStore } from '../../src/ledger/sql/open-sql.ts';
import type { Store } from '../../src/ledger/store.ts';
import { POSTGRES } from '../support/test-ledger.ts';
import { atEnd, createBench } from './support.ts';

/** A database that the store's contract runs over. */
export interface StoreDialect {
  readonly name: string;
  /** An empty store that the end of the test removes, and its URL. */
  create(): Promise<{ readonly store: Store; readonly url: string }>;
  /** One that is there. */
  open(url: string): Promise<Store>;
}

/** All of them. */
export const DIALECTS: readonly StoreDialect[] = [
  {
    name: POSTGRES === undefined ? 'sqlite' : 'postgres',
    open: openSqlStore,
    async create() {
      const { url } = await createBench();
      const store = await openSqlStore(url);
      atEnd(() => store.close());
      return { store, url };
    },
  },
];
