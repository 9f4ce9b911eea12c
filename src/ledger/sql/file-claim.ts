import { readFile, rm, writeFile } from 'node:fs/promises';
import { MonitorError } from '../../base/errors.ts';
import type { Holder } from '../holder.ts';
import { loadLibsql, type LibsqlDatabase } from './libsql.ts';

/** SQLITE_BUSY. */
const BUSY = 5;

/**
 * Makes this process the only writer of a file, until the answer is called or
 * the process ends, however it does.
 *
 * The claim is SQLite's own exclusive lock on an empty database beside the file
 * (`FILE.lock`): a kernel lock, so it cannot go stale; taken without waiting;
 * known to other connections of this process too, which a bare fcntl lock would
 * not be. `FILE.pid` only tells people who it is. The lock file stays, since
 * removing it would race with the next claim, and it is never opened otherwise:
 * closing any descriptor of it would drop the lock (POSIX).
 *
 * @throws MonitorError `ledger` naming the file and the process that has it.
 */
export async function claimFile(file: string, name: string): Promise<() => Promise<void>> {
  const pidFile = `${file}.pid`;
  const Database = await loadLibsql();
  const database = new Database(`${file}.lock`);
  try {
    takeLock(database);
  } catch (error) {
    database.close();
    if (!isBusy(error)) throw error;
    throw inUse(name, await findHolder(file), error);
  }
  const release = async (): Promise<void> => {
    await rm(pidFile, { force: true }).catch(() => undefined);
    database.close();
  };
  try {
    await writeFile(pidFile, `${process.pid}\n`);
  } catch (error) {
    // Without room for a pid the claim holds all the same; launches will say that the disk is full.
    if (!isFull(error)) {
      await release();
      throw error;
    }
  }
  return release;
}

/** By `exec` only: a prepared statement would keep the lock until it is garbage collected. */
function takeLock(database: LibsqlDatabase): void {
  database.exec('pragma journal_mode = off');
  database.exec('begin exclusive');
}

function isBusy(error: unknown): boolean {
  return error instanceof Error && 'rawCode' in error && error.rawCode === BUSY;
}

function isFull(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOSPC';
}

function inUse(name: string, holder: Holder | undefined, cause: unknown): MonitorError {
  const who = holder?.name ?? 'another process';
  const message = `the ledger ${name} is in use by ${who}: only one may write to it`;
  return new MonitorError(message, { reason: 'ledger', retryable: true, cause });
}

/**
 * The process that says it writes to a file; whether it lives is another question,
 * since a killed one cannot take its word back. Touches no lock.
 */
export async function findHolder(file: string): Promise<Holder | undefined> {
  const text = await readFile(`${file}.pid`, 'utf8').catch(() => '');
  if (!/^\d{1,10}\s*$/.test(text)) return undefined;
  const pid = Number(text);
  return { name: `process ${pid}`, pid, isAlive: undefined };
}
