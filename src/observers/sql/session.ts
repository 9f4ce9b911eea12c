import type { Clock } from '../../base/clock.ts';
import { withDeadline } from '../../base/deadline.ts';
import type { Interval } from '../../domain/latency.ts';
import { fixedZone, zoneReader, type TimeForm } from '../time-text.ts';
import type { SqlConfig } from './config.ts';
import { failureOfSql } from './failure.ts';
import type { Line, LineOptions, Row } from './line.ts';
import { connectMysql } from './mysql.ts';
import { connectPostgres } from './postgres.ts';
import { openSqlite } from './sqlite.ts';
import { nameOfDatabase } from './url.ts';

/** The way to one database, connected when it is needed. */
export interface SqlSession {
  readonly what: string;
  /** @throws MonitorError */
  ask(text: string, signal: AbortSignal): Promise<readonly Row[]>;
  /** Asks the database for its time. @throws MonitorError */
  learnTime(signal: AbortSignal): Promise<void>;
  /** Its clock minus ours, in milliseconds, as it was last asked. */
  offset(): Interval | undefined;
  /** How it writes times. */
  form(): TimeForm;
  /** Statements asked so far, failed ones too. */
  requests(): number;
  close(): void;
}

/** The database ends a statement first, which tells more than our giving up. */
const GRACE_MS = 500;
/** Resolution of the times that are asked for. */
const NOW_QUANTUM_MS = 1;

export function createSqlSession(config: SqlConfig, clock: Clock): SqlSession {
  const what = nameOfDatabase(config.database);
  const { timeoutMs, password } = config;
  const secrets = password === undefined ? [] : [password];
  const ownZone = config.timeZone === 'database' ? undefined : zoneReader(config.timeZone);
  let zone = fixedZone(0);
  let offset: Interval | undefined;
  let line: Line | undefined;
  let requests = 0;

  async function use(text: string, signal: AbortSignal): Promise<readonly Row[]> {
    if (line === undefined || line.isBroken()) line = await connect(config, { timeoutMs, signal });
    const used = line;
    signal.addEventListener('abort', used.drop, { once: true });
    try {
      return await used.query(text);
    } finally {
      signal.removeEventListener('abort', used.drop);
    }
  }

  async function ask(text: string, signal: AbortSignal): Promise<readonly Row[]> {
    const deadline = { clock, ms: timeoutMs + GRACE_MS, what, signal };
    return withDeadline(deadline, async (inner) => {
      inner.throwIfAborted();
      requests += 1;
      try {
        return await use(text, inner);
      } catch (error) {
        const failure = failureOfSql(error, { what, secrets });
        if (failure.reason === 'auth') password?.refresh();
        throw failure;
      }
    });
  }

  return {
    what,
    ask,
    async learnTime(signal) {
      const open = line === undefined || line.isBroken();
      // The first question pays for the connection, which must not count for the clock.
      if (open) await ask('select 1 as one', signal);
      const requestedAt = clock.now();
      const [row] = await ask(line?.nowQuery ?? 'select 1 as one', signal);
      const receivedAt = clock.now();
      const now = Number(row?.['now'] ?? Number.NaN) * 1_000;
      const aheadSeconds = Number(row?.['zone'] ?? 0);
      if (Number.isNaN(now)) return;
      offset = { low: now - receivedAt, high: now + NOW_QUANTUM_MS - requestedAt };
      zone = fixedZone(aheadSeconds * 1_000);
    },
    offset: () => offset,
    form: () => ({ unit: config.timeUnit, zone: ownZone ?? zone }),
    requests: () => requests,
    close: () => line?.drop(),
  };
}

function connect(config: SqlConfig, options: LineOptions): Promise<Line> {
  const { database } = config;
  switch (database.engine) {
    case 'postgres':
      return connectPostgres(database, config, options);
    case 'mysql':
      return connectMysql(database, config, options);
    case 'sqlite':
      return openSqlite(database);
  }
}
