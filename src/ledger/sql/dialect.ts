import type { Kysely, Transaction } from 'kysely';
import type { Holder } from '../holder.ts';
import type { Tables } from './schema.ts';

/**
 * All that differs between databases. The rest of `sql/` is SQL that SQLite and
 * PostgreSQL both take, written with Kysely.
 */
export interface SqlDialect {
  /** What people call the database: a path, or a URL without secrets. */
  readonly name: string;
  /** A column for whole numbers up to 2^53; they come back as JavaScript numbers. */
  readonly int64: 'integer' | 'bigint';
  /** Whether a writer is the only one until it closes, whatever happens; else it may lose the database to another. */
  readonly keepsClaim: boolean;
  /** What is said where `isDamage`. */
  readonly corrupt: string;
  /**
   * The connection of the one writer; creates the database where it is missing.
   * @throws MonitorError `ledger` where another writer has it (naming that one), or it cannot be opened.
   */
  openWriter(): Promise<SqlConnection>;
  /**
   * A connection that cannot write, for any number of other processes.
   * @throws MonitorError `ledger` where there is nothing to read.
   */
  openReader(): Promise<SqlConnection>;
  /** The process that writes to it, as far as that is known. */
  findHolder(): Promise<Holder | undefined>;
  tableNames(db: Kysely<Tables>): Promise<readonly string[]>;
  /** Makes all other writing transactions wait until this one ends. */
  keepWritersAway(transaction: Transaction<Tables>): Promise<void>;
  /** What is wrong with the file itself, by the database's own judgement; empty for nothing. */
  findDamage(db: Kysely<Tables>): Promise<readonly string[]>;
  /** Whether it is a damaged file that `error` is about, or one that is no database at all. */
  isDamage(error: unknown): boolean;
  /** Copies everything, as it is at one instant, into an empty file; writes nothing else. Undefined where the database has a program for that. */
  readonly copyInto: ((db: Kysely<Tables>, file: string) => Promise<void>) | undefined;
  /** See `Store.faultOf`. */
  faultOf(error: unknown): string | undefined;
  /** See `Store.isSyncFault`. */
  isSyncFault(error: unknown): boolean;
}

/** An open database; closing it also gives up being its writer. */
export interface SqlConnection {
  readonly dialect: SqlDialect;
  readonly db: Kysely<Tables>;
  /** Gives up being its writer for good, so that another may be; it can be read on. Absent where only the end of the process does. */
  readonly resign?: () => Promise<void>;
  close(): Promise<void>;
}
