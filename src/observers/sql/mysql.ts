import { readFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import type { Connection, ConnectionOptions, SslOptions } from 'mysql2';
import * as z from 'zod';
import type { SqlConfig } from './config.ts';
import {
  NotThisProtocol,
  SESSION_NAME,
  textRow,
  type Line,
  type LineOptions,
  type Row,
} from './line.ts';
import type { ServerDatabase } from './url.ts';

/** `sysdate` is the time at which it is asked, not that of the statement's start. */
const NOW =
  'select unix_timestamp(sysdate(6)) as now, timestampdiff(second, utc_timestamp(), now()) as zone';

const Rows = z.array(z.record(z.string(), z.unknown()));

/** The session keeps the server's time zone: DATETIME is local time, and TIMESTAMP is shown in it. */
export async function connectMysql(
  database: ServerDatabase,
  config: SqlConfig,
  options: LineOptions,
): Promise<Line> {
  // Loaded when needed, from a bundle of its own.
  const { default: mysql } = await import('mysql2');
  const settings = await settingsOf(database, config, options);
  const { signal } = options;
  signal.throwIfAborted();
  const socket = strictSocket(database);
  const connection = mysql.createConnection({ ...settings, stream: socket });
  const end = createEnd();
  const session = { connection, end };
  const line = {
    nowQuery: NOW,
    isBroken: () => end.isOver(),
    query: (text: string) => readOnly(session, text),
    drop: () => {
      end.come(new Error('the connection was dropped'));
      connection.destroy();
    },
  };
  // Without a listener it would end the process.
  connection.on('error', (error: Error) => end.come(error));
  connection.on('end', () => end.come(new Error('the connection ended')));
  socket.on('error', (error) => end.come(error));
  signal.addEventListener('abort', line.drop, { once: true });
  try {
    await settle(session, options.timeoutMs);
    return line;
  } catch (error) {
    line.drop();
    throw error;
  } finally {
    signal.removeEventListener('abort', line.drop);
  }
}

/** What ends a connection, once: the library leaves some questions without an answer then. */
interface End {
  readonly came: Promise<never>;
  readonly come: (error: Error) => void;
  readonly isOver: () => boolean;
}

function createEnd(): End {
  let isOver = false;
  let reject: (error: Error) => void = () => undefined;
  const came = new Promise<never>((_resolve, fail) => {
    reject = fail;
  });
  came.catch(() => undefined); // nobody may be asking just then
  return {
    came,
    isOver: () => isOver,
    come(error) {
      isOver = true;
      reject(error);
    },
  };
}

interface Session {
  readonly connection: Connection;
  readonly end: End;
}

/** A greeting is a packet of number 0 that begins with protocol 10, or an error; the library waits for ever for the rest of anything else. */
function strictSocket({ host, port }: ServerDatabase): Socket {
  const socket = connect({ host, port, noDelay: true });
  socket.once('data', (chunk: Buffer) => {
    const isGreeting = chunk.length < 5 || (chunk[3] === 0 && [0x0a, 0xff].includes(chunk[4] ?? 0));
    if (!isGreeting) socket.destroy(new NotThisProtocol('it does not speak MySQL'));
  });
  return socket;
}

async function settingsOf(
  database: ServerDatabase,
  config: SqlConfig,
  { timeoutMs }: LineOptions,
): Promise<ConnectionOptions> {
  return {
    host: database.host,
    port: database.port,
    database: database.database,
    user: config.user ?? '',
    password: config.password?.reveal() ?? '',
    ...(config.isPlain ? {} : { ssl: await trustOf(config) }),
    charset: 'utf8mb4',
    connectTimeout: timeoutMs,
    // Parsers of rows would be code that is made out of the server's words.
    disableEval: true,
    // A server may ask its client for any file otherwise.
    flags: ['-LOCAL_FILES'],
    typeCast: (field) => field.string('utf8'),
    connectAttributes: { program_name: SESSION_NAME },
  };
}

async function trustOf({ caFile }: SqlConfig): Promise<SslOptions> {
  const checked = { verifyIdentity: true, rejectUnauthorized: true };
  return caFile === undefined ? checked : { ...checked, ca: await readFile(caFile) };
}

/** Both kinds of server end a statement that takes too long, each by a name of its own. */
async function settle(session: Session, timeoutMs: number): Promise<void> {
  const { connection, end } = session;
  const connected = new Promise<void>((resolve, reject) => {
    connection.connect((error) => (error === null ? resolve() : reject(error)));
  });
  await Promise.race([end.came, connected]);
  const [version] = await ask(session, 'select version() as name');
  const limit = /mariadb/i.test(version?.['name'] ?? '')
    ? `max_statement_time = ${timeoutMs / 1_000}`
    : `max_execution_time = ${timeoutMs}`;
  await ask(session, `set session ${limit}`);
}

async function readOnly(session: Session, text: string): Promise<readonly Row[]> {
  await ask(session, 'start transaction read only');
  try {
    return await ask(session, text);
  } finally {
    await ask(session, 'commit').catch(() => undefined);
  }
}

/** One statement: the library allows no more in a text. */
function ask({ connection, end }: Session, text: string): Promise<readonly Row[]> {
  const answer = new Promise<readonly Row[]>((resolve, reject) => {
    connection.query(text, (error, result) => {
      if (error === null) resolve((Rows.safeParse(result).data ?? []).map(textRow));
      else reject(error);
    });
  });
  return Promise.race([end.came, answer]);
}
