import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import mysql from 'mysql2/promise';
import { createCertificates } from './certificates.ts';
import { findFreePorts, guardFolder, run, startDaemon, type Daemon } from './processes.ts';

/** A MariaDB server of our own, on loopback, with TLS for those who ask for it. */
export interface MariadbServer {
  readonly port: number;
  /** What a client must trust. */
  readonly caFile: string;
  /** Makes an empty database and gives its name; the user may read and write it. */
  createDatabase(): Promise<string>;
  stop(): Promise<void>;
  start(): Promise<void>;
  /** Stops it and takes everything away. */
  remove(): Promise<void>;
}

/** May do everything on the server, as the program does whose database it is. */
export const MARIADB_USER = 'canary';
export const MARIADB_PASSWORD = 'only for tests of mariadb';
/** Without syncs: a crash of the machine would lose what was committed, one of the server does not. */
const FAST = ['--innodb-flush-method=nosync', '--innodb-log-file-size=8M'];

export async function startMariadb(options: { timeZone?: string } = {}): Promise<MariadbServer> {
  const folder = await mkdtemp(join(tmpdir(), 'mailcanary-mariadb-'));
  const unguard = guardFolder(folder);
  const [port = 0] = await findFreePorts(1);
  const data = join(folder, 'data');
  const socket = join(folder, 'socket');
  const { caFile, certFile, keyFile } = await createCertificates(folder);
  const user = process.getuid?.() === 0 ? ['--user=root'] : [];
  const install = [`--datadir=${data}`, '--auth-root-authentication-method=normal'];
  await run('mariadb-install-db', [
    '--no-defaults',
    ...install,
    '--skip-test-db',
    ...user,
    ...FAST,
  ]);
  const tls = [`--ssl-ca=${caFile}`, `--ssl-cert=${certFile}`, `--ssl-key=${keyFile}`];
  const settings = [
    ...['--no-defaults', ...user, ...FAST, ...tls, `--datadir=${data}`, `--socket=${socket}`],
    ...[`--port=${port}`, '--bind-address=127.0.0.1', '--innodb-buffer-pool-size=16M'],
    ...[`--pid-file=${join(folder, 'pid')}`, `--log-error=${join(folder, 'log')}`],
    ...(options.timeZone === undefined ? [] : [`--default-time-zone=${options.timeZone}`]),
  ];
  let daemon: Daemon | undefined;
  let databases = 0;
  const server: MariadbServer = {
    port,
    caFile,
    async createDatabase() {
      const name = `test_${++databases}`;
      await queryAs('root', socket, [`create database ${name} character set utf8mb4`]);
      return name;
    },
    async start() {
      daemon = startDaemon('mariadbd', settings);
      await whenReady(socket, daemon);
    },
    async stop() {
      await daemon?.stop();
    },
    async remove() {
      await daemon?.kill();
      unguard();
      await rm(folder, { recursive: true, force: true });
    },
  };
  await server.start();
  await queryAs('root', socket, [
    `create user ${MARIADB_USER}@'%' identified by '${MARIADB_PASSWORD}'`,
    `grant all on *.* to ${MARIADB_USER}@'%'`,
  ]);
  return server;
}

async function queryAs(user: string, socketPath: string, texts: readonly string[]): Promise<void> {
  const connection = await mysql.createConnection({ user, socketPath });
  try {
    for (const text of texts) await connection.query(text);
  } finally {
    await connection.end();
  }
}

async function whenReady(socket: string, daemon: Daemon): Promise<void> {
  for (;;) {
    try {
      await queryAs('root', socket, ['select 1']);
      return;
    } catch (error) {
      if (!daemon.isRunning()) throw error;
      await sleep(20);
    }
  }
}
