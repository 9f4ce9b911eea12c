import { messageOf, MonitorError } from '../../base/errors.ts';
import type { Holder } from '../holder.ts';
import type { Store } from '../store.ts';
import { isPostgresUrl, parsePostgresUrl, type LedgerUrl, type PostgresUrl } from '../url.ts';
import type { View } from '../view.ts';
import type { SqlConnection, SqlDialect } from './dialect.ts';
import { migrate, readVersion, requireCurrent } from './migrations.ts';
import { createPostgresDialect } from './postgres.ts';
import { createSqliteDialect } from './sqlite.ts';
import { beginEpoch } from './epoch.ts';
import { createSqlStore } from './store.ts';
import { createSqlView } from './view.ts';

/** As the one writer; makes the database, or brings it up to date. @throws MonitorError `ledger`. */
export async function openSqlStore(url: LedgerUrl): Promise<Store> {
  const dialect = await dialectOf(url);
  let epoch: number | undefined;
  const connection = await checked(await dialect.openWriter(), async (db) => {
    await migrate(db, dialect);
    if (!dialect.keepsClaim) epoch = await beginEpoch(db);
  });
  return createSqlStore(connection, epoch);
}

/** As a reader. @throws MonitorError `ledger`. */
export async function openSqlView(url: LedgerUrl): Promise<View> {
  const dialect = await dialectOf(url);
  const connection = await dialect.openReader();
  return createSqlView(await checked(connection, requireCurrent));
}

/** As a reader of any schema that this program knows, also an older one. @throws MonitorError `ledger`. */
export async function connectReader(url: LedgerUrl): Promise<SqlConnection> {
  const dialect = await dialectOf(url);
  return checked(await dialect.openReader(), async (db) => {
    if ((await readVersion(db, dialect)) > 0) return;
    const message = `${dialect.name} is empty, not a ledger yet`;
    throw new MonitorError(message, { reason: 'ledger', retryable: false });
  });
}

/** See `SqlDialect.findHolder`. */
export async function findSqlHolder(url: LedgerUrl): Promise<Holder | undefined> {
  return (await dialectOf(url)).findHolder();
}

async function checked(
  connection: SqlConnection,
  check: (db: SqlConnection['db'], dialect: SqlDialect) => Promise<void>,
): Promise<SqlConnection> {
  const { db, dialect } = connection;
  try {
    await check(db, dialect);
    return connection;
  } catch (error) {
    await connection.close();
    const fault = dialect.faultOf(error);
    if (fault === undefined) throw error;
    const message = `the ledger ${dialect.name} cannot be opened: ${fault}`;
    throw new MonitorError(message, { reason: 'ledger', retryable: false, cause: error });
  }
}

/** @throws MonitorError `config` for a URL that nobody understands. */
export async function dialectOf(url: LedgerUrl): Promise<SqlDialect> {
  if (typeof url !== 'string') return createPostgresDialect(url);
  if (isPostgresUrl(url)) return createPostgresDialect(parsed(url));
  const [, scheme = '', path = ''] = /^([a-z]+):(.*)$/.exec(url) ?? [];
  if (scheme === 'sqlite' && path !== '') return createSqliteDialect(path);
  throw misread('is not understood: write sqlite:./mailcanary.db');
}

function parsed(url: string): PostgresUrl {
  try {
    return parsePostgresUrl(url);
  } catch (error) {
    throw misread(messageOf(error));
  }
}

function misread(why: string): MonitorError {
  return new MonitorError(`the ledger url ${why}`, { reason: 'config', retryable: false });
}
