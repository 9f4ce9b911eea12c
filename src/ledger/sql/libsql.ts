import type Libsql from 'libsql';
import {
  SqliteDialect,
  SqliteDriver,
  type DatabaseConnection,
  type Driver,
  type TransactionSettings,
} from 'kysely';

/** The part of libsql (better-sqlite3's interface) that we use. Not `get`: its rows carry a `_metadata`. */
export type LibsqlDatabase = Pick<Libsql.Database, 'exec' | 'prepare' | 'inTransaction' | 'close'>;

/** Loads the native client, only when a ledger is opened. */
export async function loadLibsql(): Promise<new (file: string) => LibsqlDatabase> {
  const { default: Database } = await import('libsql');
  return Database;
}

/**
 * Kysely's SQLite dialect over libsql. Statements are prepared for each query
 * and dropped: a connection that is closed goes only when the garbage collector
 * has taken its statements, and libsql cannot finalize them.
 */
export class LibsqlDialect extends SqliteDialect {
  readonly #database: LibsqlDatabase;

  constructor(database: LibsqlDatabase) {
    super({ database });
    this.#database = database;
  }

  override createDriver(): Driver {
    return new LibsqlDriver(this.#database);
  }
}

class LibsqlDriver extends SqliteDriver {
  readonly #database: LibsqlDatabase;

  constructor(database: LibsqlDatabase) {
    super({ database });
    this.#database = database;
  }

  /**
   * Takes the write lock at once, so that a transaction cannot fail half-way for
   * want of it. By `exec`: a prepared `begin` that finds the file locked counts
   * as running for libsql until it is garbage, and no commit works beside it.
   */
  override beginTransaction(
    _connection: DatabaseConnection,
    settings?: TransactionSettings,
  ): Promise<void> {
    return this.#exec(settings?.accessMode === 'read only' ? 'begin' : 'begin immediate');
  }

  override commitTransaction(): Promise<void> {
    return this.#exec('commit');
  }

  /** A full disk ends the transaction by itself; then there is nothing to roll back. */
  override rollbackTransaction(): Promise<void> {
    return this.#database.inTransaction ? this.#exec('rollback') : Promise.resolve();
  }

  /** Synchronous, whatever its type says: only microtasks pass while a transaction runs. */
  #exec(text: string): Promise<void> {
    return new Promise((resolve) => {
      this.#database.exec(text);
      resolve();
    });
  }
}
