import { chmod, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { findFreePorts, guardFolder, run, startDaemon, type Daemon } from './processes.ts';

/** A PostgreSQL cluster of our own, on loopback. */
export interface PostgresServer {
  readonly port: number;
  /** Makes an empty database and gives its URL, with the password in it. */
  createDatabase(): Promise<string>;
  /** `fast` ends all sessions, `immediate` is a crash. */
  stop(mode: 'fast' | 'immediate'): Promise<void>;
  start(): Promise<void>;
  /** Stops it and takes everything away. */
  remove(): Promise<void>;
}

const USER = 'canary';
const PASSWORD = 'only for tests';
const PACKAGES = '/usr/lib/postgresql';
const IS_ROOT = process.getuid?.() === 0;

/** Without fsync unless asked for: then a crash of the machine would lose what was committed, one of the server does not. */
export async function startPostgres(options: { fsync?: boolean } = {}): Promise<PostgresServer> {
  const bin = await findBinaries();
  const folder = await mkdtemp(join(tmpdir(), 'mailcanary-postgres-'));
  const unguard = guardFolder(folder);
  const [port = 0] = await findFreePorts(1);
  const data = join(folder, 'data');
  await writeFile(join(folder, 'password'), PASSWORD);
  await chmod(folder, 0o755);
  if (IS_ROOT) await run('chown', ['-R', 'postgres:postgres', folder]);
  await runAs(join(bin, 'initdb'), [
    ...['-D', data, '-U', USER, `--pwfile=${join(folder, 'password')}`, '-A', 'scram-sha-256'],
    ...['-E', 'UTF8', '--locale=C.UTF-8', '--no-sync'],
  ]);
  const settings = [
    ...['-c', `port=${port}`, '-c', 'listen_addresses=127.0.0.1', '-c', 'max_connections=60'],
    ...['-c', `unix_socket_directories=${folder}`],
    ...['-c', `fsync=${options.fsync === true ? 'on' : 'off'}`],
  ];
  let daemon: Daemon | undefined;
  const server: PostgresServer = {
    port,
    async createDatabase() {
      const name = await createDatabase(port);
      return urlOf(port, name);
    },
    async start() {
      daemon = startDaemon(...asUser(join(bin, 'postgres'), ['-D', data, ...settings]));
      await whenReady(port, daemon);
    },
    async stop(mode) {
      await runAs(join(bin, 'pg_ctl'), ['-D', data, '-m', mode, '-w', '-s', 'stop']);
      await daemon?.stop();
    },
    async remove() {
      if (daemon?.isRunning() === true) await server.stop('immediate');
      unguard();
      await rm(folder, { recursive: true, force: true });
    },
  };
  await server.start();
  return server;
}

/** Of the newest version that the packages brought. */
async function findBinaries(): Promise<string> {
  const versions = (await readdir(PACKAGES)).map(Number).sort((a, b) => b - a);
  return join(PACKAGES, String(versions[0]), 'bin');
}

/** The server refuses to run as root. */
function asUser(command: string, args: readonly string[]): [string, readonly string[]] {
  if (!IS_ROOT) return [command, args];
  const user = ['--reuid=postgres', '--regid=postgres', '--init-groups'];
  return ['setpriv', [...user, command, ...args]];
}

async function runAs(command: string, args: readonly string[]): Promise<void> {
  await run(...asUser(command, args));
}

function urlOf(port: number, database: string): string {
  return `postgres://${USER}:${encodeURIComponent(PASSWORD)}@127.0.0.1:${port}/${database}`;
}

/** Runs statements in a database, each with its own answer. */
export async function queryPostgres(url: string, text: string): Promise<readonly unknown[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(text)).rows;
  } finally {
    await client.end();
  }
}

let databases = 0;

/** Makes an empty database on the cluster of a port, and gives its name. */
export async function createDatabase(port: number): Promise<string> {
  const name = `test_${process.pid}_${++databases}`;
  await queryPostgres(urlOf(port, 'postgres'), `create database ${name}`);
  return name;
}

/** As {@link PostgresServer.createDatabase}, of a cluster that another process of ours started. */
export async function createDatabaseAt(port: number): Promise<string> {
  return urlOf(port, await createDatabase(port));
}

async function whenReady(port: number, daemon: Daemon): Promise<void> {
  for (;;) {
    try {
      await queryPostgres(urlOf(port, 'postgres'), 'select 1');
      return;
    } catch (error) {
      if (!daemon.isRunning()) throw error;
      await sleep(20);
    }
  }
}
