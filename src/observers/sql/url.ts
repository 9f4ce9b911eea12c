import { decodePart, parseServerUrl, type Schemes, type ServerUrl } from '../../base/server-url.ts';

/** A database on a server. */
export interface ServerDatabase extends ServerUrl {
  readonly engine: 'postgres' | 'mysql';
  readonly database: string;
}

/** A database in a file. */
export interface FileDatabase {
  readonly engine: 'sqlite';
  /** An absolute path. */
  readonly file: string;
}

export type Database = ServerDatabase | FileDatabase;

const SCHEMES: Schemes = {
  postgres: { port: 5_432, implicitTls: false },
  postgresql: { port: 5_432, implicitTls: false },
  mysql: { port: 3_306, implicitTls: false },
  mariadb: { port: 3_306, implicitTls: false },
};

/**
 * `postgres://user@host:port/database`, `mysql://` or `mariadb://` in the same manner, or `sqlite:/path/of/file`.
 *
 * @throws Error whose message is a sentence for the person who wrote the URL; it repeats no part of it.
 */
export function parseDatabaseUrl(text: string): Database {
  const file = /^sqlite:(?:\/\/)?(.*)$/is.exec(text)?.[1];
  if (file !== undefined) {
    if (!file.startsWith('/')) throw new Error('has no absolute path of a file');
    return { engine: 'sqlite', file };
  }
  const [, start = text, rest = ''] = /^([a-z]+:\/\/[^/?#]*)(.*)$/is.exec(text) ?? [];
  const scheme = start.replace(/:.*/s, '').toLowerCase();
  if (!Object.hasOwn(SCHEMES, scheme)) {
    throw new Error('must begin with postgres://, mysql://, mariadb:// or sqlite:/');
  }
  const server = parseServerUrl(start, SCHEMES);
  if (/[?#]/.test(rest)) throw new Error('has something behind the database');
  const database = decodePart(rest.slice(1));
  if (database === '' || database.includes('/')) throw new Error('names no database');
  const engine = scheme.startsWith('postgres') ? 'postgres' : 'mysql';
  return { ...server, engine, database };
}

/** What people call it: without user and password. */
export function nameOfDatabase(database: Database): string {
  if (database.engine === 'sqlite') return database.file;
  return `${database.host}/${database.database}`;
}
