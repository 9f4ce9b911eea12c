import { afterEach, inject } from 'vitest';
import { silentLogger } from '../../src/base/logger.ts';
import type { Ledger } from '../../src/ledger/ledger.ts';
import { openLedger } from '../../src/ledger/open.ts';
import type { FakeClock } from './fake-clock.ts';
import { createDatabaseAt, queryPostgres } from './rig/postgres.ts';

/** The cluster that this run keeps its ledgers on; undefined for SQLite. */
export const POSTGRES = inject('postgres');

/** Of a ledger that is empty and that nobody needs after the test. */
export async function newLedgerUrl(): Promise<string> {
  if (POSTGRES === undefined) return 'sqlite::memory:';
  const free = databases.free.pop();
  const url = free ?? (await createDatabaseAt(POSTGRES));
  if (free !== undefined) await queryPostgres(free, EMPTY);
  databases.used.push(url);
  return url;
}

/** Making a database takes ten times as long as emptying one. */
const databases = { free: new Array<string>(), used: new Array<string>() };
afterEach(() => void databases.free.push(...databases.used.splice(0)));

const EMPTY = `
  select pg_terminate_backend(pid) from pg_stat_activity
    where datname = current_database() and pid <> pg_backend_pid();
  drop schema public cascade;
  create schema public;
`;

/** An empty ledger. Where its database takes time to answer, the clock stands still meanwhile. */
export async function openTestLedger(clock: FakeClock): Promise<Ledger> {
  const ledger = await openLedger({ url: await newLedgerUrl() }, { clock, logger: silentLogger });
  if (POSTGRES === undefined) return ledger;
  return new Proxy(ledger, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name);
      if (typeof value !== 'function') return value;
      return (...args: unknown[]): unknown => {
        const result: unknown = Reflect.apply(value, target, args);
        if (result instanceof Promise) clock.hold(result);
        return result;
      };
    },
  });
}
