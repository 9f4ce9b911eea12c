import { MonitorError } from '../../base/errors.ts';
import type { Store } from '../store.ts';
import type { View } from '../view.ts';
import type { SqlConnection, SqlDialect } from './dialect.ts';
import { migrate, readVersion, requireCurrent } from './migrations.ts';
import { createSqliteDialect } from './sqlite.ts';
import { createSqlStore } from './store.ts';
import { createSqlView } from './view.ts';

/** As the one writer; makes the database, or brings it up to date. @throws MonitorError `ledger`. */
export async function openSqlStore(url: string): Promise<Store> {
  const dialect = await dialectOf(url);
  const connection = await dialect.openWriter();
  return createSqlStore(await checked(connection, migrate));
}

/** As a reader. @throws MonitorError `ledger`. */
export async function openSqlView(url: string): Promise<View> {
  const dialect = await dialectOf(url);
  const connection = await dialect.openReader();
  return createSqlView(await checked(connection, requireCurrent));
}

/** As a reader of any schema that this program knows, also an older one. @throws MonitorError `ledger`. */
export async function connectReader(url: string): Promise<SqlConnection> {
  const dialect = await dialectOf(url);
  return checked(await dialect.openReader(), async (db) => {
    if ((await readVersion(db, dialect)) > 0) return;
    const message = `${dialect.name} is empty, not a ledger yet`;
    throw new MonitorError(message, { reason: 'ledger', retryable: false });
  });
}

/** See `SqlDialect.findHolder`. */
export async function findSqlHolder(url: string): Promise<number | undefined> {
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

export function dialectOf(url: string): Promise<SqlDialect> {
  const [, scheme = '', path = ''] = /^([a-z]+):(.*)$/.exec(url) ?? [];
  if (scheme === 'sqlite' && path !== '') return createSqliteDialect(path);
  const message = `the ledger url is not understood: write sqlite:./mailcanary.db`;
  throw new MonitorError(message, { reason: 'config', retryable: false });
}
