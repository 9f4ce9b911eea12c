import {
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  type QueryResult,
  type TransactionSettings,
} from 'kysely';
import type { PostgresLine } from './postgres-line.ts';
import type { PostgresLines } from './postgres-lines.ts';

/** Kysely over lines of ours: its own driver lets go of a lost connection only after rolling back on it. */
export function createKyselyDialect(lines: PostgresLines): Dialect {
  return {
    createAdapter: () => new PostgresAdapter(),
    createDriver: () => new LinesDriver(lines),
    createIntrospector: (db) => new PostgresIntrospector(db),
    createQueryCompiler: () => new PostgresQueryCompiler(),
  };
}

class LinesDriver implements Driver {
  readonly #lines: PostgresLines;

  constructor(lines: PostgresLines) {
    this.#lines = lines;
  }

  init(): Promise<void> {
    return Promise.resolve();
  }

  async acquireConnection(): Promise<DatabaseConnection> {
    return new LineConnection(await this.#lines.take());
  }

  async beginTransaction(
    connection: DatabaseConnection,
    { accessMode, isolationLevel }: TransactionSettings,
  ): Promise<void> {
    const isolation = isolationLevel === undefined ? '' : ` isolation level ${isolationLevel}`;
    await lineOf(connection).query(`begin${isolation} ${accessMode ?? ''}`);
  }

  async commitTransaction(connection: DatabaseConnection): Promise<void> {
    const { command } = await lineOf(connection).query('commit');
    // So it is answered, without an error, where a statement had failed.
    if (command !== 'COMMIT') throw new Error(`the transaction ended with ${command}`);
  }

  /** What cannot be rolled back ends with its line, and the server rolls it back then. */
  async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    const line = lineOf(connection);
    if (line.isBroken) return;
    await line.query('rollback').catch(() => line.drop());
  }

  async releaseConnection(connection: DatabaseConnection): Promise<void> {
    await this.#lines.give(lineOf(connection));
  }

  destroy(): Promise<void> {
    return this.#lines.close();
  }
}

class LineConnection implements DatabaseConnection {
  readonly line: PostgresLine;

  constructor(line: PostgresLine) {
    this.line = line;
  }

  async executeQuery<R>({ sql, parameters }: CompiledQuery): Promise<QueryResult<R>> {
    const { rows, command, rowCount } = await this.line.query<R>(sql, parameters);
    const counts = ['INSERT', 'UPDATE', 'DELETE'].includes(command);
    return counts ? { rows, numAffectedRows: BigInt(rowCount ?? 0) } : { rows };
  }

  streamQuery(): AsyncIterableIterator<never> {
    throw new Error('nothing is read as a stream');
  }
}

function lineOf(connection: DatabaseConnection): PostgresLine {
  if (connection instanceof LineConnection) return connection.line;
  throw new Error('a connection of another driver');
}
