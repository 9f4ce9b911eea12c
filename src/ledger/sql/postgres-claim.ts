import { hostname } from 'node:os';
import type { Holder } from '../holder.ts';
import { InUseFault, isLockTimeout } from './postgres-faults.ts';
import type { PostgresLine } from './postgres-line.ts';

/** "mcny": the first half of the lock's key. The second is the schema, since a database may hold a ledger in each. */
const LOCK = 0x6d_63_6e_79;

/** A predecessor that was killed is waited for so long; its session ends when the server has noticed. */
const PATIENCE_MS = 500;
/** A session of ours that the server was told to end. */
const GHOST_MS = 5_000;

/** Names this process in the server's list of sessions; `findHolder` reads it. */
export function sessionName(role: 'writer' | 'reader'): string {
  return `mailcanary ${role} ${process.pid} on ${hostname()}`.slice(0, 63);
}

/** A session that has, or had, the claim. */
export interface Session {
  readonly pid: number;
  /** With it a number that the server gave to another session since is not taken for this one. */
  readonly startedAt: string;
}

/**
 * Makes this process the only writer of a database, as long as the line lives: a session's advisory
 * lock, gone with its session. Where `before` is a session of ours that the server still believes in
 * (the network was cut), it is ended.
 *
 * @throws InUseFault naming the process that has it.
 */
export async function claim(line: PostgresLine, before: Session | undefined): Promise<Session> {
  if (!(await lock(line, PATIENCE_MS))) {
    const isOurs = before !== undefined && (await end(line, before));
    if (!isOurs || !(await lock(line, GHOST_MS))) {
      const holder = await findHolderOn(line);
      throw new InUseFault(`${holder?.name ?? 'another process'} writes to it`);
    }
  }
  const { rows } = await line.query<Session>(
    `select pid, backend_start::text as "startedAt" from pg_stat_activity
     where pid = pg_backend_pid()`,
  );
  return rows[0] ?? { pid: 0, startedAt: '' };
}

async function lock(line: PostgresLine, patienceMs: number): Promise<boolean> {
  await line.query('begin');
  try {
    await line.query(`set local lock_timeout = ${patienceMs}`);
    // A session's lock stays when the transaction ends, whose setting does not.
    await line.query('select pg_advisory_lock($1, hashtext(current_schema()))', [LOCK]);
    return true;
  } catch (error) {
    if (isLockTimeout(error)) return false;
    throw error;
  } finally {
    if (!line.isBroken) await line.query('commit');
  }
}

async function end(line: PostgresLine, { pid, startedAt }: Session): Promise<boolean> {
  const { rows } = await line.query(
    `select pg_terminate_backend(pid) from pg_stat_activity
     where pid = $1 and backend_start::text = $2 and usename = current_user`,
    [pid, startedAt],
  );
  return rows.length > 0;
}

/** By the server's word, so it is alive; whose session it is, only its own user can see. */
export async function findHolderOn(line: PostgresLine): Promise<Holder | undefined> {
  const { rows } = await line.query<{ readonly name: string | null }>(
    `select a.application_name as name from pg_locks l left join pg_stat_activity a using (pid)
     where l.locktype = 'advisory' and l.granted and l.objsubid = 2
       and l.database = (select oid from pg_database where datname = current_database())
       and l.classid = $1::int::oid and l.objid = hashtext(current_schema())::oid`,
    [LOCK],
  );
  if (rows.length === 0) return undefined;
  const name = rows[0]?.name ?? '';
  const [, pid, host] = /^mailcanary writer (\d+) on (.+)$/.exec(name) ?? [];
  if (pid === undefined || host === undefined) {
    return { name: 'another process', pid: undefined, isAlive: true };
  }
  return { name: `process ${pid} on ${host}`, pid: Number(pid), isAlive: true };
}
