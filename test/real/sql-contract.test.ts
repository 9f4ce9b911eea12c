import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { describeObserverContract } from '../contracts/observer-contract.ts';
import type { ObserverBench, ObserverHarness } from '../contracts/observer/bench.ts';
import {
  MARIADB_PASSWORD,
  MARIADB_USER,
  startMariadb,
  type MariadbServer,
} from '../support/rig/mariadb.ts';
import { startPostgres, type PostgresServer } from '../support/rig/postgres.ts';
import { sqlObserver } from '../support/sql/bench.ts';
import { createFreescout, receive, type FreescoutEngine } from '../support/sql/freescout.ts';
import { takeApart } from '../support/sql/mail.ts';
import { mariadbStore, postgresStore, sqliteStore, type Store } from '../support/sql/store.ts';

const stores: Pick<Store, 'close'>[] = [];
let postgres: PostgresServer;
let mariadb: MariadbServer;
let folder: string;

beforeAll(async () => {
  [postgres, mariadb] = await Promise.all([startPostgres(), startMariadb()]);
  folder = await mkdtemp(join(tmpdir(), 'mailcanary-sqlite-'));
});

afterAll(async () => {
  for (const store of stores) await store.close();
  await Promise.all([postgres.remove(), mariadb.remove()]);
  await rm(folder, { recursive: true });
});

interface Place {
  readonly engine: FreescoutEngine;
  readonly store: Store;
  readonly port: number;
  /** With this port in the place of its own. */
  readonly url: (port: number) => string;
  readonly user: string;
  readonly password: string;
  readonly restart: () => Promise<void>;
}

async function freescoutBench(place: Place): Promise<ObserverBench> {
  const { engine, store, port, password } = place;
  await store.run('drop table if exists threads', 'drop table if exists conversations');
  await createFreescout(store, engine);
  return {
    port,
    secrets: [password],
    create: ({ port: other = port, wrongPassword = false, timeoutMs = 10_000 } = {}) =>
      sqlObserver({
        url: place.url(other),
        user: place.user,
        password: wrongPassword ? `${password}-not` : password,
        preset: 'freescout',
        timeout: `${timeoutMs}ms`,
      }),
    async deliver(message, where = 'inbox') {
      await receive(store, message, { place: where });
    },
    async state() {
      return JSON.stringify(await store.all('select * from threads order by id'));
    },
    restart: () => place.restart(),
  };
}

/** One database for all cases: making one takes as long as a case. */
async function postgresPlace(): Promise<Place> {
  const url = new URL(await postgres.createDatabase());
  const store = postgresStore(url.href);
  stores.push(store);
  return {
    engine: 'postgres',
    store,
    port: postgres.port,
    url: (port) => `postgres://127.0.0.1:${port}${url.pathname}`,
    user: decodeURIComponent(url.username),
    password: decodeURIComponent(url.password),
    async restart() {
      await postgres.stop('fast');
      await postgres.start();
    },
  };
}

async function mariadbPlace(): Promise<Place> {
  const database = await mariadb.createDatabase();
  const store = await mariadbStore(mariadb.port, database);
  stores.push(store);
  return {
    engine: 'mariadb',
    store,
    port: mariadb.port,
    url: (port) => `mariadb://127.0.0.1:${port}/${database}`,
    user: MARIADB_USER,
    password: MARIADB_PASSWORD,
    async restart() {
      await mariadb.stop();
      await mariadb.start();
    },
  };
}

let files = 0;

const QUERY = `select id, subject, headers, body as text, created_at, folder as place
  from mails where id > :cursor order by id limit :limit`;

async function openSqlite(): Promise<ObserverBench> {
  const file = join(folder, `${++files}.db`);
  const store = sqliteStore(file);
  stores.push(store);
  await store.run(
    `create table mails (id integer primary key, subject text, headers text, body text,
      created_at text default (datetime('now')), folder text)`,
  );
  return {
    port: 0,
    secrets: [],
    create: ({ timeoutMs = 10_000 } = {}) =>
      sqlObserver({
        url: `sqlite:${file}`,
        query: QUERY,
        places: { inbox: 'inbox', spam: 'spam' },
        timeout: `${timeoutMs}ms`,
      }),
    async deliver(message, place = 'inbox') {
      const { subject, headers, text } = takeApart(message);
      await store.insert('mails', { subject, headers, body: text, folder: place });
    },
    async state() {
      return JSON.stringify(await store.all('select * from mails order by id'));
    },
    restart: () => Promise.resolve(),
  };
}

const SHARED: Pick<ObserverHarness, 'manners' | 'isRaw' | 'start' | 'stop'> = {
  manners: [],
  isRaw: true,
  start: () => Promise.resolve(),
  stop: () => Promise.resolve(),
};
function describeServer(type: string, open: () => Promise<Place>): void {
  let place: Promise<Place> | undefined;
  describeObserverContract({
    ...SHARED,
    type,
    places: ['closed', 'spam', 'trash'],
    open: async () => freescoutBench(await (place ??= open())),
  });
}

describeServer('sql (PostgreSQL)', postgresPlace);
describeServer('sql (MariaDB)', mariadbPlace);

const NO_LINE = 'a file has no connection';
describeObserverContract({
  ...SHARED,
  type: 'sql (SQLite)',
  places: ['spam'],
  open: openSqlite,
  skip: Object.fromEntries(
    [
      'a look stops promptly while it connects',
      'a look stops promptly while it waits for an answer, and works afterwards',
      'a look that is stopped before it begins sends nothing',
      'close ends a look, is idempotent and leaves no handles',
      'a wrong password is told apart, without secrets',
      'a refused connection is told apart, without secrets',
      'a connection that is reset at once is told apart, without secrets',
      'a connection that ends in the middle is told apart, without secrets',
      'a server that says nothing is told apart, without secrets',
      'a server that falls silent is told apart, without secrets',
      'a server that speaks something else is told apart, without secrets',
      'it does not connect again at once after a failure, and says when it will',
      'a look that breaks off says nothing, and the next one misses nothing',
    ].map((name) => [name, NO_LINE]),
  ),
});
