import { Kysely, sql } from 'kysely';
import { messageOf, MonitorError } from '../../base/errors.ts';
import type { Holder } from '../holder.ts';
import { nameOfLedger, type PostgresUrl } from '../url.ts';
import type { SqlConnection, SqlDialect } from './dialect.ts';
import { claim, findHolderOn, sessionName, type Session } from './postgres-claim.ts';
import { createKyselyDialect } from './postgres-driver.ts';
import {
  InUseFault,
  isPostgresDamage,
  isPostgresSyncFault,
  LineFault,
  postgresFaultOf,
} from './postgres-faults.ts';
import { connectLine, type LineOptions } from './postgres-line.ts';
import { PostgresLines } from './postgres-lines.ts';
import { countOrphans } from './orphans.ts';
import type { Tables } from './schema.ts';

/** Pages may be read while something long is. */
const READERS = 4;

/**
 * A database of a PostgreSQL server. The writer has one line, and the claim is a lock of that line's session: a
 * line that broke is replaced by one that claims anew, so that nothing is ever written without the claim.
 */
export function createPostgresDialect(url: PostgresUrl): SqlDialect {
  const name = nameOfLedger(url);
  const dialect: SqlDialect = {
    name,
    int64: 'bigint',
    keepsClaim: false,
    corrupt: 'is corrupt, the server says',
    openWriter: () => guarded(name, () => openWriter(dialect, url)),
    openReader: () => guarded(name, () => openReader(dialect, url)),
    findHolder: () => guarded(name, () => findHolder(url)),
    async tableNames(db) {
      const found = await sql<{ name: string }>`
        select tablename as name from pg_tables where schemaname = current_schema()
      `.execute(db);
      return found.rows.map((row) => row.name);
    },
    async keepWritersAway(transaction) {
      await sql`select 1 from counters for update`.execute(transaction);
    },
    findDamage,
    isDamage: isPostgresDamage,
    copyInto: undefined,
    faultOf: postgresFaultOf,
    isSyncFault: isPostgresSyncFault,
  };
  return dialect;
}

async function openWriter(dialect: SqlDialect, url: PostgresUrl): Promise<SqlConnection> {
  let session: Session | undefined;
  let hasResigned = false;
  const lines = new PostgresLines(1, async () => {
    if (hasResigned) return connectLine(url, readerOptions());
    const line = await connectLine(url, { name: sessionName('writer'), readOnly: false });
    try {
      session = await claim(line, session);
      return line;
    } catch (error) {
      await line.close();
      throw error;
    }
  });
  const resign = (): Promise<void> => {
    hasResigned = true;
    return lines.renew();
  };
  return { ...(await connect(dialect, lines)), resign };
}

async function openReader(dialect: SqlDialect, url: PostgresUrl): Promise<SqlConnection> {
  return connect(dialect, new PostgresLines(READERS, () => connectLine(url, readerOptions())));
}

function readerOptions(): LineOptions {
  return { name: sessionName('reader'), readOnly: true };
}

/** With its first line open. */
async function connect(dialect: SqlDialect, lines: PostgresLines): Promise<SqlConnection> {
  await lines.give(await lines.take());
  const db = new Kysely<Tables>({ dialect: createKyselyDialect(lines) });
  return { dialect, db, close: () => lines.close() };
}

async function guarded<T>(name: string, open: () => Promise<T>): Promise<T> {
  try {
    return await open();
  } catch (error) {
    if (error instanceof InUseFault) {
      const message = `the ledger ${name} cannot be opened: ${error.fault}, and only one may`;
      throw new MonitorError(message, { reason: 'ledger', retryable: true, cause: error });
    }
    const why = postgresFaultOf(error) ?? messageOf(error);
    const message = `the ledger ${name} cannot be opened: ${why}${wordsOf(error)}`;
    throw new MonitorError(message, { reason: 'ledger', retryable: false, cause: error });
  }
}

/** What the server itself said, where it said something. */
function wordsOf(error: unknown): string {
  if (!(error instanceof LineFault) || !(error.cause instanceof Error)) return '';
  return 'severity' in error.cause ? ` (${error.cause.message})` : '';
}

async function findHolder(url: PostgresUrl): Promise<Holder | undefined> {
  const line = await connectLine(url, readerOptions());
  try {
    return await findHolderOn(line);
  } finally {
    await line.close();
  }
}

/** Files are the server's business; what it lets us see is whether indexes and references hold. */
async function findDamage(db: Kysely<Tables>): Promise<readonly string[]> {
  const found = await sql<{ name: string }>`
    select c.relname as name from pg_index i join pg_class c on c.oid = i.indexrelid
    where c.relnamespace = current_schema()::regnamespace and not (i.indisvalid and i.indisready)
  `.execute(db);
  const indexes = found.rows.map(({ name }) => `the index ${name} is not valid`);
  const orphans = await countOrphans(db);
  return orphans === 0
    ? indexes
    : [...indexes, `${orphans} rows belong to a canary that is not there`];
}
