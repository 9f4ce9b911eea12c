import { readFile } from 'node:fs/promises';
import { Socket } from 'node:net';
import type { Client, ClientConfig } from 'pg';
import type { SqlConfig } from './config.ts';
import { NotThisProtocol, SESSION_NAME, textOf, type Line, type LineOptions } from './line.ts';
import type { ServerDatabase } from './url.ts';

/** By its own clock, also in the middle of a transaction. */
const NOW = `select extract(epoch from clock_timestamp()) as now, extract(timezone from now()) as zone`;

/** Nothing is kept in the session, so that a pool of transactions (PgBouncer) may stand between. */
export async function connectPostgres(
  database: ServerDatabase,
  config: SqlConfig,
  options: LineOptions,
): Promise<Line> {
  // Loaded when needed, from a bundle of its own.
  const { default: pg } = await import('pg');
  const client = new pg.Client({
    host: database.host,
    port: database.port,
    database: database.database,
    user: config.user,
    // A function keeps the library from looking for one in the environment and in files.
    password: () => config.password?.reveal() ?? '',
    ssl: config.isPlain ? false : await trustOf(config),
    application_name: SESSION_NAME,
    keepAlive: true,
    stream: () => strictSocket(config.isPlain ? 'RE' : 'SN'),
    types: { getTypeParser: () => textOf },
  });
  let isBroken = false;
  const line = {
    nowQuery: NOW,
    isBroken: () => isBroken,
    query: (text: string) => readOnly(client, text, options.timeoutMs),
    drop: () => {
      isBroken = true;
      void client.end().catch(() => undefined);
      client.connection.stream.destroy();
    },
  };
  // Without a listener it would end the process.
  client.on('error', () => (isBroken = true));
  client.on('end', () => (isBroken = true));
  options.signal.addEventListener('abort', line.drop, { once: true });
  try {
    await client.connect();
    return line;
  } catch (error) {
    line.drop();
    throw error;
  } finally {
    options.signal.removeEventListener('abort', line.drop);
  }
}

async function trustOf({ caFile }: SqlConfig): Promise<ClientConfig['ssl']> {
  return caFile === undefined ? {} : { ca: await readFile(caFile) };
}

/** `firstBytes`: how an answer may begin; the library waits for ever for the rest of anything else. */
function strictSocket(firstBytes: string): Socket {
  const socket = new Socket();
  socket.once('data', (chunk: Buffer) => {
    if (firstBytes.includes(chunk.toString('latin1', 0, 1))) return;
    socket.destroy(new NotThisProtocol('it does not speak PostgreSQL'));
  });
  return socket;
}

interface Answer {
  readonly rows: readonly Readonly<Record<string, string | null>>[];
}

/** By the extended protocol, which takes one statement only: no other one can end the transaction first. */
async function readOnly(client: Client, text: string, timeoutMs: number): Promise<Answer['rows']> {
  const settings = `set local statement_timeout = ${timeoutMs}; set local datestyle = 'ISO'`;
  await client.query(`begin transaction read only; ${settings}`);
  const statement = { text, queryMode: 'extended' };
  try {
    return (await client.query<Record<string, string | null>>(statement)).rows;
  } finally {
    // Also after a failure: it ends as a rollback then.
    await client.query('commit').catch(() => undefined);
  }
}
