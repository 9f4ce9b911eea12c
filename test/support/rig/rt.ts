import { randomBytes } from 'node:crypto';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import Database from 'libsql';
import { findFreePorts, guardFolder, run, startDaemon, type Daemon } from './processes.ts';
import { renderInitialData, renderSendmail, renderSiteConfig } from './rt-files.ts';
import { createRtWeb, type RtWeb } from './rt-web.ts';

/** Who may do what in every queue: `canary` reads and tidies, `reader` reads, `stranger` sees nothing. */
export type RtUserName = 'canary' | 'reader' | 'stranger';

export interface RtUser {
  readonly user: string;
  readonly password: string;
  /** For `Authorization: token`. */
  readonly token: string;
}

/** A Request Tracker of our own, on SQLite and on loopback. */
export interface Rt extends RtWeb {
  readonly port: number;
  readonly url: string;
  readonly users: Readonly<Record<RtUserName, RtUser>>;
  /** Rows of its database, read only. */
  query(sql: string, ...values: readonly (string | number)[]): readonly Record<string, unknown>[];
  /** When its transactions were inserted, in epoch milliseconds, by the clock of its database; RT itself keeps seconds. */
  insertedAt(transactionId: number): number;
  /** As its cleaning by night does, only sooner. */
  forgetSessions(): Promise<void>;
  /** Starts it again; what it has stays. */
  restart(): Promise<void>;
  log(): Promise<string>;
  stop(): Promise<void>;
}

export interface RtOptions {
  /** Where it listens; default: a free one. */
  readonly port?: number;
  /** Where its own mail goes: a server on 127.0.0.1 that takes it without login. */
  readonly smtpPort: number;
}

const LIBEXEC = '/usr/share/request-tracker5/libexec/rt-server';
const WORKERS = 2;

/** Needs root, to write as root and to run as nobody. Making the database takes most of the time: one for a test file. */
export async function startRt(options: RtOptions): Promise<Rt> {
  const folder = await mkdtemp(join(tmpdir(), 'rt-rig-'));
  const unguard = guardFolder(folder);
  const [free = 0] = await findFreePorts(1);
  const { port = free } = options;
  const url = `http://127.0.0.1:${port}`;
  const rootPassword = randomBytes(12).toString('hex');
  const env = environment(folder);
  await writeFiles(folder, { port, smtpPort: options.smtpPort, rootPassword });
  await setUp(folder, env);
  const users = await readUsers(folder);
  let daemon: Daemon | undefined;
  const start = async (): Promise<void> => {
    const as = ['--reuid=nobody', '--regid=nogroup', '--clear-groups'];
    const server = ['--server', 'Starlet', '--host', '127.0.0.1', '--port', String(port)];
    const args = [...env, 'setpriv', ...as, LIBEXEC, ...server, '--max-workers', String(WORKERS)];
    daemon = startDaemon('env', args);
    await whenServing(url, daemon, () => readLog(folder));
  };
  await start();
  const query: Rt['query'] = (sql, ...values) =>
    read(join(folder, 'var', 'rt5.sqlite'), sql, values);
  return {
    ...createRtWeb(url, rootPassword),
    port,
    url,
    users,
    query,
    insertedAt: (id) => Number(query('select at from rig_inserted where id = ?', id)[0]?.['at']),
    async forgetSessions() {
      const sessions = join(folder, 'var', 'session_data');
      for (const name of await readdir(sessions)) await rm(join(sessions, name), { force: true });
    },
    async restart() {
      await daemon?.stop();
      await start();
    },
    log: () => readLog(folder),
    async stop() {
      await daemon?.stop();
      unguard();
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

function environment(folder: string): readonly string[] {
  return [
    `RT_SITE_CONFIG=${join(folder, 'RT_SiteConfig.pm')}`,
    `RT_SITE_CONFIG_DIR=${join(folder, 'none')}`,
    `HOME=${join(folder, 'var')}`,
  ];
}

async function writeFiles(
  folder: string,
  settings: { readonly port: number; readonly smtpPort: number; readonly rootPassword: string },
): Promise<void> {
  await chmod(folder, 0o755); // RT and Postfix' pipe run as nobody
  for (const part of ['none', 'var/mason_data/obj', 'var/session_data', 'var/log']) {
    await mkdir(join(folder, part), { recursive: true });
  }
  const sendmail = join(folder, 'sendmail');
  await writeFile(join(folder, 'RT_SiteConfig.pm'), renderSiteConfig(folder, settings.port));
  await writeFile(join(folder, 'initialdata'), renderInitialData(join(folder, 'users')));
  await writeFile(join(folder, 'password'), settings.rootPassword);
  await writeFile(sendmail, renderSendmail(settings.smtpPort));
  await chmod(sendmail, 0o755);
}

async function setUp(folder: string, env: readonly string[]): Promise<void> {
  const setup = (...args: string[]): Promise<string> =>
    run('env', [...env, 'rt-setup-database-5', ...args]);
  await setup('--action', 'init', '--root-password-file', join(folder, 'password'));
  await setup('--action', 'insert', '--datafile', join(folder, 'initialdata'));
  const database = new Database(join(folder, 'var', 'rt5.sqlite'));
  database.exec('pragma journal_mode = wal'); // stays so; our reading does not hold up RT's writing
  database.exec(`create table rig_inserted (id integer primary key, at real);
    create trigger rig_inserting after insert on Transactions begin
      insert into rig_inserted values (new.id, (julianday('now') - 2440587.5) * 86400000.0);
    end`);
  database.close();
  await run('chown', ['-R', 'nobody:nogroup', join(folder, 'var')]);
}

async function readUsers(folder: string): Promise<Rt['users']> {
  const lines = (await readFile(join(folder, 'users'), 'utf8')).trim().split('\n');
  const find = (wanted: RtUserName): RtUser => {
    const words = lines.map((line) => line.split(' ')).find(([name]) => name === wanted);
    const [user = '', password = '', token = ''] = words ?? [];
    if (token === '') throw new Error(`RT has made no token for ${wanted}`);
    return { user, password, token };
  };
  return { canary: find('canary'), reader: find('reader'), stranger: find('stranger') };
}

function read(
  file: string,
  sql: string,
  values: readonly (string | number)[],
): readonly Record<string, unknown>[] {
  const database = new Database(file, { timeout: 10_000 });
  try {
    return database.prepare(sql).all(...values) as Record<string, unknown>[];
  } finally {
    database.close();
  }
}

async function readLog(folder: string): Promise<string> {
  return readFile(join(folder, 'var', 'log', 'rt.log'), 'utf8').catch(() => '');
}

/** The first page loads all of RT into a worker. */
async function whenServing(url: string, daemon: Daemon, log: () => Promise<string>): Promise<void> {
  const end = Date.now() + 90_000;
  const isServing = (): Promise<boolean> =>
    fetch(`${url}/REST/2.0/rt`).then(
      ({ status }) => status === 401,
      () => false,
    );
  while (!(await isServing())) {
    const over = !daemon.isRunning() || Date.now() > end;
    if (over) throw new Error(`RT does not start: ${(await log()).slice(-2_000)}`);
    await sleep(50);
  }
}
