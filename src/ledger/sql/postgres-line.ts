import { readFile } from 'node:fs/promises';
import type { ClientConfig, CustomTypesConfig } from 'pg';
import type { PostgresUrl } from '../url.ts';
import { isAnswer, LineFault, lineFaultOf } from './postgres-faults.ts';

/** The part of the library's client that we use. */
interface Client {
  connect(): Promise<unknown>;
  query<R>(text: string | Farewell, values?: unknown[]): Promise<Answer<R>>;
  end(): Promise<void>;
  on(event: 'error' | 'end', listener: () => void): unknown;
}

interface Farewell {
  readonly text: string;
  readonly query_timeout: number;
}

const CONNECT_MS = 5_000;
/** What the server ends by itself, and what we give up where not even that comes. */
const STATEMENT_MS = 30_000;
const ANSWER_MS = 35_000;
const FAREWELL_MS = 2_000;

export interface LineOptions {
  /** Who we are, in the server's list of sessions; up to 63 letters. */
  readonly name: string;
  readonly readOnly: boolean;
}

export interface Answer<R> {
  readonly rows: R[];
  /** `INSERT`, `COMMIT`. */
  readonly command: string;
  readonly rowCount: number | null;
}

/** One session with the server. Broken once anything happened to it but a statement that was refused. */
export class PostgresLine {
  readonly #client: Client;
  #isBroken = false;

  constructor(client: Client) {
    this.#client = client;
    // Also of a line that nobody uses just then; without a listener it would end the process.
    client.on('error', () => (this.#isBroken = true));
    client.on('end', () => (this.#isBroken = true));
  }

  get isBroken(): boolean {
    return this.#isBroken;
  }

  /** @throws the server's error, or LineFault when the line is of no use any more. */
  async query<R = unknown>(text: string, values: readonly unknown[] = []): Promise<Answer<R>> {
    try {
      return await this.#client.query<R>(text, [...values]);
    } catch (error) {
      if (isAnswer(error)) throw error;
      this.drop();
      throw new LineFault(lineFaultOf(error), error);
    }
  }

  /** Nothing is sent any more, and what was under way is left to the server. */
  drop(): void {
    this.#isBroken = true;
    void this.#client.end().catch(() => undefined);
  }

  /** Gives up its locks, so that a successor need not wait until the server has noticed the end. */
  async close(): Promise<void> {
    if (!this.#isBroken) {
      const farewell = { text: 'select pg_advisory_unlock_all()', query_timeout: FAREWELL_MS };
      await this.#client.query(farewell).catch(() => undefined);
    }
    this.drop();
  }
}

/** @throws LineFault */
export async function connectLine(url: PostgresUrl, options: LineOptions): Promise<PostgresLine> {
  // Loaded when needed: a ledger in a file pays nothing for it.
  const { default: pg } = await import('pg');
  const client = new pg.Client(await configOf(url, options, pg.types));
  const line = new PostgresLine(client);
  try {
    await client.connect();
  } catch (error) {
    line.drop();
    // The file of a mounted secret may have changed since; the next attempt has what it says then.
    url.password?.refresh();
    throw new LineFault(lineFaultOf(error), error);
  }
  try {
    await settle(line, options);
    return line;
  } catch (error) {
    line.drop();
    throw error;
  }
}

async function configOf(
  url: PostgresUrl,
  { name }: LineOptions,
  types: CustomTypesConfig,
): Promise<ClientConfig> {
  const { host, port, user, database, password } = url;
  return {
    host,
    port,
    user,
    database,
    // A function keeps the library from looking for one in the environment and in files.
    password: () => password?.reveal() ?? '',
    ssl: await tlsOf(url),
    application_name: name,
    connectionTimeoutMillis: CONNECT_MS,
    query_timeout: ANSWER_MS,
    keepAlive: true,
    keepAliveInitialDelayMillis: 15_000,
    types: { getTypeParser: parserOf(types) },
  };
}

async function tlsOf(url: PostgresUrl): Promise<ClientConfig['ssl']> {
  const { sslMode, caFile } = url;
  if (sslMode === 'disable') return false;
  try {
    const ca = caFile === undefined ? {} : { ca: await readFile(caFile) };
    switch (sslMode) {
      case 'require':
        return { rejectUnauthorized: false };
      case 'verify-ca':
        return { ...ca, checkServerIdentity: () => undefined };
      case 'verify-full':
        return ca;
    }
  } catch (error) {
    throw new LineFault('ca_file cannot be read', error);
  }
}

/** Of int8: all that we store are whole numbers up to 2^53. */
const INT8: number = 20;

function parserOf({ getTypeParser }: CustomTypesConfig): CustomTypesConfig['getTypeParser'] {
  return (id, format): unknown => (id.valueOf() === INT8 ? Number : getTypeParser(id, format));
}

/**
 * A commit that was answered is on the server's disk. A session whose client vanished without a word ends within
 * half a minute, and its locks with it. Another program's lock is waited for no longer than loops may stand still.
 */
const SETTINGS: Readonly<Record<string, string>> = {
  default_transaction_isolation: 'read committed',
  statement_timeout: String(STATEMENT_MS),
  lock_timeout: '5000',
  idle_in_transaction_session_timeout: '60000',
  tcp_keepalives_idle: '15',
  tcp_keepalives_interval: '5',
  tcp_keepalives_count: '3',
  tcp_user_timeout: '30000',
};

async function settle(line: PostgresLine, { readOnly }: LineOptions): Promise<void> {
  const settings = Object.entries({
    ...SETTINGS,
    default_transaction_read_only: readOnly ? 'on' : 'off',
  });
  const values = settings.flat();
  const calls = settings.map(
    (_, index) => `set_config($${2 * index + 1}, $${2 * index + 2}, false)`,
  );
  const { rows } = await line.query<Facts>(
    `select current_setting('synchronous_commit') as durability,
      current_setting('server_encoding') as encoding, current_schema() as schema, ${calls.join(', ')}`,
    values,
  );
  for (const { durability, encoding, schema } of rows) {
    if (durability === 'off') await line.query('set synchronous_commit = on');
    if (encoding !== 'UTF8') throw new LineFault(`its encoding is ${encoding}, and has to be UTF8`);
    if (schema === null) throw new LineFault('there is no schema for its tables: see search_path');
  }
}

interface Facts {
  readonly durability: string;
  readonly encoding: string;
  readonly schema: string | null;
}
