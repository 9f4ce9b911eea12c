import { open, realpath, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Kysely, sql } from 'kysely';
import { messageOf, MonitorError } from '../../base/errors.ts';
import type { SqlConnection, SqlDialect } from './dialect.ts';
import { claimFile, findHolder } from './file-claim.ts';
import { LibsqlDialect, loadLibsql, type LibsqlDatabase } from './libsql.ts';
import type { Tables } from './schema.ts';

const MEMORY = ':memory:';
/** It holds tokens, by which arrivals can be forged: for the owner, and whoever is let into its group. SQLite's log and index follow. */
const OWN_AND_GROUP = 0o640;

/**
 * SQLite in a file, by libsql (SQLite 3.45.1). That version can corrupt a file
 * when two connections checkpoint at once (the "WAL-reset" bug), so there is
 * exactly one read-write connection a file: the claim sees to that, and readers
 * open with `mode=ro`, which cannot checkpoint.
 */
export async function createSqliteDialect(path: string): Promise<SqlDialect> {
  const file = path === MEMORY ? MEMORY : await resolveFile(path);
  const dialect: SqlDialect = {
    name: path === MEMORY ? 'in memory' : path,
    int64: 'integer',
    keepsClaim: true,
    corrupt: 'is corrupt, or not an SQLite database',
    openWriter: () => guarded(path, () => openWriter(dialect, file)),
    openReader: () => guarded(path, () => openReader(dialect, file)),
    findHolder: () => findHolder(file),
    async tableNames(db) {
      const found = await sql<{ name: string }>`
        select name from sqlite_master where type = 'table' and name not like 'sqlite_%'
      `.execute(db);
      return found.rows.map((row) => row.name);
    },
    keepWritersAway: () => Promise.resolve(), // `begin immediate` has done it
    findDamage,
    isDamage,
    async copyInto(db, target) {
      // Reads main in one transaction and writes the copy only: also over a connection with mode=ro.
      await sql`vacuum into ${target}`.execute(db);
    },
    faultOf,
    isSyncFault: (error) => SYNC_FAULTS.includes(rawCodeOf(error) ?? 0),
  };
  return dialect;
}

async function openWriter(dialect: SqlDialect, file: string): Promise<SqlConnection> {
  const release = file === MEMORY ? () => Promise.resolve() : await claimFile(file, dialect.name);
  try {
    if (file !== MEMORY) await createFile(file);
    const database = await openDatabase(file, WRITER_PRAGMAS);
    return connect(dialect, database, async () => {
      if (file !== MEMORY) checkpoint(database);
      database.close();
      await release();
    });
  } catch (error) {
    await release();
    throw error;
  }
}

/** Where there is none yet. What is wrong with its place, SQLite is to say. */
async function createFile(file: string): Promise<void> {
  const created = await open(file, 'wx', OWN_AND_GROUP).catch(() => undefined);
  await created?.close();
}

const WRITER_PRAGMAS = [
  // A foreign program's lock (a backup, the sqlite3 shell) blocks the event loop so long, at most.
  'pragma busy_timeout = 50',
  'pragma journal_mode = wal',
  'pragma synchronous = full',
  'pragma foreign_keys = on',
];

/** A writer that opens or closes just now is waited for; the query finds out whether the file can be read. */
const READER_CHECKS = ['pragma busy_timeout = 250', 'select 1 from sqlite_master'];

async function openDatabase(file: string, first: readonly string[]): Promise<LibsqlDatabase> {
  const Database = await loadLibsql();
  const database = new Database(file);
  try {
    for (const text of first) database.exec(text);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

async function openReader(dialect: SqlDialect, file: string): Promise<SqlConnection> {
  const database = await openReadOnly(file);
  return connect(dialect, database, () => Promise.resolve(void database.close()));
}

/** By URI: libsql's `readonly` and `fileMustExist` options do nothing but create missing files. */
async function openReadOnly(file: string): Promise<LibsqlDatabase> {
  const uri = `${pathToFileURL(file).href}?mode=ro`;
  try {
    return await openDatabase(uri, READER_CHECKS);
  } catch (error) {
    // No write-ahead log, and no way to make its index: nobody is writing, so the file alone is all.
    const cannotBeMade = INDEX_FAULTS.some((code) => code === rawCodeOf(error));
    if (!cannotBeMade || (await sizeOf(`${file}-wal`)) > 0) throw error;
    return openDatabase(`${uri}&immutable=1`, READER_CHECKS);
  }
}

function connect(
  dialect: SqlDialect,
  database: LibsqlDatabase,
  close: () => Promise<void>,
): SqlConnection {
  return { dialect, db: new Kysely<Tables>({ dialect: new LibsqlDialect(database) }), close };
}

/** Leaves one file behind that holds everything; best effort, since the log holds it too. */
function checkpoint(database: LibsqlDatabase): void {
  try {
    database.exec('pragma wal_checkpoint(truncate)');
  } catch {
    // a full disk or a reader in the middle: the next writer recovers from the log
  }
}

/** One name a file, whatever links lead to it. */
async function resolveFile(path: string): Promise<string> {
  const full = resolve(path);
  try {
    return await realpath(full);
  } catch {
    const folder = await realpath(dirname(full)).catch(() => dirname(full));
    return join(folder, basename(full));
  }
}

/** libsql says only "14" for most of what can be wrong with a path. */
async function guarded(path: string, open: () => Promise<SqlConnection>): Promise<SqlConnection> {
  if ((await kindOf(path)) === 'folder') throw unopened(path, 'it is a folder');
  try {
    return await open();
  } catch (error) {
    if (error instanceof MonitorError) throw error;
    throw unopened(path, (await pathTrouble(path)) ?? faultOf(error) ?? messageOf(error), error);
  }
}

function unopened(path: string, why: string, cause?: unknown): MonitorError {
  const message = `the ledger ${path} cannot be opened: ${why}`;
  return new MonitorError(message, { reason: 'ledger', retryable: false, cause });
}

async function pathTrouble(path: string): Promise<string | undefined> {
  if ((await kindOf(path)) === 'file') return undefined;
  const folder = dirname(resolve(path));
  if ((await kindOf(folder)) !== 'folder') return `the folder ${folder} does not exist`;
  return 'it does not exist, or the folder cannot be written';
}

async function kindOf(path: string): Promise<'folder' | 'file' | undefined> {
  try {
    return (await stat(path)).isDirectory() ? 'folder' : 'file';
  } catch {
    return undefined;
  }
}

async function sizeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size;
  } catch {
    return 0;
  }
}

/** SQLITE_READONLY_DIRECTORY for a folder without rights; SQLITE_CANTOPEN for a read-only file system. */
const INDEX_FAULTS: readonly number[] = [1_544, 14];

/** Primary result codes (sqlite.org/rescode.html) that are the database's trouble, not our bug. */
const FAULTS: Readonly<Record<number, string>> = {
  3: 'access is denied',
  5: 'another program has locked it',
  6: 'another program has locked it',
  7: 'there is not enough memory',
  8: 'it is read-only',
  10: 'reading or writing failed (I/O error)',
  11: 'the file is corrupt',
  13: 'the disk is full',
  14: 'a file cannot be opened',
  15: 'another program has locked it',
  26: 'the file is corrupt, or not an SQLite database',
};

/** SQLITE_IOERR_FSYNC and SQLITE_IOERR_DIR_FSYNC. */
const SYNC_FAULTS: readonly number[] = [1_034, 1_290];

/** The same from the file system, which the claim writes to. */
const FILE_FAULTS: Readonly<Record<string, string>> = {
  EACCES: 'access is denied',
  EPERM: 'access is denied',
  EROFS: 'it is read-only',
  ENOSPC: 'the disk is full',
};

/** At most 100 lines, by SQLite's own limit. */
async function findDamage(db: Kysely<Tables>): Promise<readonly string[]> {
  const found = await sql<{ integrity_check: string }>`pragma integrity_check`.execute(db);
  const lines = found.rows.map((row) => row.integrity_check).filter((line) => line !== 'ok');
  const orphans = await sql<{ table: string }>`pragma foreign_key_check`.execute(db);
  const count = orphans.rows.length;
  return count === 0 ? lines : [...lines, `${count} rows belong to a canary that is not there`];
}

/** SQLITE_CORRUPT, SQLITE_NOTADB. */
const DAMAGE: readonly number[] = [11, 26];

function isDamage(error: unknown): boolean {
  const code = rawCodeOf(error);
  if (code !== undefined) return DAMAGE.includes(code & 0xff);
  return error instanceof Error && error.cause !== undefined && isDamage(error.cause);
}

function faultOf(error: unknown): string | undefined {
  const code = rawCodeOf(error);
  if (code !== undefined) return FAULTS[code & 0xff];
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? FILE_FAULTS[error.code] : undefined;
}

function rawCodeOf(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('rawCode' in error)) return undefined;
  return typeof error.rawCode === 'number' ? error.rawCode : undefined;
}
