import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { Look, Observer } from '../../src/observers/observer.ts';
import { markAt } from '../../src/observers/overlap.ts';
import {
  contractClock as clock,
  copiesOf,
  failureOf,
  idsOf,
  lookFrom,
} from '../contracts/observer/looks.ts';
import { foreignMail, testCanary } from '../contracts/observer/mails.ts';
import {
  MARIADB_PASSWORD,
  MARIADB_USER,
  startMariadb,
  type MariadbServer,
} from '../support/rig/mariadb.ts';
import { startPostgres, type PostgresServer } from '../support/rig/postgres.ts';
import { sqlObserver, stampError } from '../support/sql/bench.ts';
import { createFreescout, receive } from '../support/sql/freescout.ts';
import { createOsticket, receiveTicket } from '../support/sql/osticket.ts';
import { mariadbStore, postgresStore, type Store } from '../support/sql/store.ts';

/** A zone in which no test machine is. */
const ZONE = '+05:00';
let postgres: PostgresServer;
let mariadb: MariadbServer;

beforeAll(async () => {
  [postgres, mariadb] = await Promise.all([startPostgres(), startMariadb({ timeZone: ZONE })]);
});
afterAll(() => Promise.all([postgres.remove(), mariadb.remove()]));

interface Scene {
  readonly store: Store;
  readonly observer: (keys: Readonly<Record<string, unknown>>) => Observer;
}

async function onMariadb(): Promise<Scene> {
  const database = await mariadb.createDatabase();
  const store = await mariadbStore(mariadb.port, database);
  const url = `mariadb://${MARIADB_USER}@127.0.0.1:${mariadb.port}/${database}`;
  return sceneOf(store, { url, password: MARIADB_PASSWORD });
}

async function onPostgres(): Promise<Scene> {
  const url = await postgres.createDatabase();
  return sceneOf(postgresStore(url), { url });
}

function sceneOf(store: Store, login: Readonly<Record<string, unknown>>): Scene {
  onTestFinished(() => store.close());
  return {
    store,
    observer(keys) {
      const observer = sqlObserver({ ...login, ...keys });
      onTestFinished(() => observer.close());
      return observer;
    },
  };
}

const check = (observer: Observer): ReturnType<Observer['check']> =>
  observer.check(new AbortController().signal);

const engines = [
  ['MariaDB', onMariadb],
  ['PostgreSQL', onPostgres],
] as const;

describe.each(engines)('sql on %s', (name, open) => {
  const id = name === 'MariaDB' ? 'int auto_increment primary key' : 'serial primary key';
  const TABLE = `create table mails (id ${id}, subject varchar(990), at varchar(40))`;
  const QUERY =
    'select id, subject, at as created_at from mails where id > :cursor order by id limit :limit';

  it('a query that writes is refused by the database, and nothing is written', async () => {
    const { store, observer } = await open();
    const body = 'insert into mails (subject) values (1)';
    await store.run(TABLE);
    await store.run(
      name === 'MariaDB'
        ? `create function scribble() returns int begin ${body}; return 1; end`
        : `create function scribble() returns int language sql as $$ ${body} returning 1 $$`,
    );
    const writes = observer({
      query: 'select scribble() as id, :cursor as subject limit :limit',
    });

    const errors = [await failureOf(lookFrom(writes)), await failureOf(check(writes))];

    for (const error of errors) {
      expect(error).toMatchObject({ reason: 'config', retryable: false });
      expect(error.message).toContain('the query wants to write, which the database refused');
    }
    expect(await store.all('select * from mails')).toEqual([]);
  });

  it('a second statement, or one that leaves the transaction, is none', async () => {
    const { store, observer } = await open();
    await store.run(TABLE, "insert into mails (subject) values ('x')");
    const smuggled = observer({
      query: 'select id from mails where id > :cursor limit :limit; commit; delete from mails',
    });

    const error = await failureOf(lookFrom(smuggled));

    expect(error).toMatchObject({ reason: 'config' });
    expect(await store.all('select * from mails')).toHaveLength(1);
  });

  it('a statement that takes too long is ended by the database', async () => {
    const { observer, store } = await open();
    await store.run(TABLE);
    const sleep = name === 'MariaDB' ? 'sleep(30)' : 'pg_sleep(30)';
    const slow = observer({
      query: `select 1 as id, ${sleep} as subject where 1 > :cursor limit :limit`,
      timeout: '250ms',
    });

    const error = await failureOf(lookFrom(slow));

    expect(error).toMatchObject({ reason: 'timeout', retryable: true });
    const running =
      name === 'MariaDB'
        ? 'select id from information_schema.processlist where info like "%sleep(30)%" and info not like "%processlist%"'
        : "select pid from pg_stat_activity where state = 'active' and query like '%pg_sleep(30)%' and query not like '%pg_stat%'";
    expect(await store.all(running)).toEqual([]);
  });

  it('a transaction that commits after a later row is seen when it does', async () => {
    const { store, observer } = await open();
    await store.run(TABLE);
    const watcher = observer({ query: QUERY });
    const [late, prompt] = [testCanary(), testCanary()];
    const { cursor } = await lookFrom(watcher);
    const held = await store.begin();
    await held.run(`insert into mails (subject) values ('${late.token.token}')`);
    await store.insert('mails', { subject: prompt.token.token });

    const first = await lookFrom(watcher, cursor);
    await held.commit();
    const second = await lookFrom(watcher, first.cursor);

    expect(idsOf(first)).toEqual([prompt.token.id]);
    expect(idsOf(second)).toEqual([late.token.id]);
    expect(copiesOf(second)).toEqual(['1']);
  });

  it('more rows than a look reads are read by the next ones, and no look says more than it knows', async () => {
    const { store, observer } = await open();
    await store.run(TABLE);
    const rows = Array.from({ length: 5_200 }, () => "('nothing')").join(', ');
    await store.run(`insert into mails (subject) values ${rows}`);
    const canary = testCanary();
    await store.insert('mails', { subject: canary.token.token });
    const watcher = observer({ query: QUERY, overlap: '1ms' });
    const looks: Look[] = [];
    let cursor: unknown = { format: 2, views: { rows: markAt(0n) }, seen: [] };

    for (let n = 0; n < 5; n += 1) {
      const look = await lookFrom(watcher, cursor);
      looks.push(look);
      cursor = look.cursor;
      await clock.sleep(5);
    }

    // a pass takes two looks; what it may have passed by is read again by another one
    expect(looks.map(({ complete }) => complete)).toEqual([false, false, false, false, true]);
    expect(looks.map(idsOf)).toEqual([[], [canary.token.id], [], [], []]);
  });

  it('rows that are not in the order of a unique id are a fault of the query', async () => {
    const { store, observer } = await open();
    await store.run(TABLE, "insert into mails (subject) values ('a'), ('b')");
    const backwards = observer({ query: QUERY.replace('order by id', 'order by id desc') });

    const error = await failureOf(lookFrom(backwards));

    expect(error).toMatchObject({ reason: 'config' });
    expect(error.message).toContain('in the order of a unique id');
  });

  it('check says what cannot be read, and nothing of what stands there', async () => {
    const { store, observer } = await open();
    await store.run(TABLE);
    await store.insert('mails', { subject: 'Aardvark invoice', at: 'the day before Aardvark' });
    await store.insert('mails', { subject: 'Aardvark', at: '2099-01-01 00:00:00' });
    const query = QUERY.replace('select id', 'select id, at as colour, subject as place');

    const report = await check(observer({ query }));

    expect(report.summary).toContain('read-only): last 2 rows read, 0 with headers, 1 with a time');
    expect(report.warnings).toEqual([
      expect.stringContaining('columns that mean nothing here: colour'),
      expect.stringContaining('the column place is ignored'),
      '1 of 2 created_at cannot be read as a time',
      expect.stringContaining('created_at is ahead of the clock of the database'),
    ]);
    expect(JSON.stringify(report)).not.toContain('Aardvark');
  });

  it.each([
    ['select id, colour from mails where id > :cursor limit :limit', 'config'],
    ['select id from nowhere where id > :cursor limit :limit', 'config'],
    ["select 'x' as id from mails where id > :cursor limit :limit", 'config'],
  ])('a mistake in it is said: %s', async (query, reason) => {
    const { store, observer } = await open();
    await store.run(TABLE, "insert into mails (subject) values ('x')");

    const error = await failureOf(check(observer({ query })));

    expect(error).toMatchObject({ reason, retryable: false });
    expect(error.message).not.toContain('\n');
  });
});

describe('FreeScout', () => {
  it('stores the time of its own zone, whatever the database has', async () => {
    const { store, observer } = await onMariadb();
    await createFreescout(store, 'mariadb');
    const local = new Date(Date.now() - 2 * 3_600_000).toISOString().slice(0, 19).replace('T', ' ');
    const canary = testCanary();
    const right = observer({ preset: 'freescout', time_zone: '-02:00' });
    await receive(store, canary.message, { createdAt: local });

    const look = await lookFrom(right);

    expect(idsOf(look)).toEqual([canary.token.id]);
    expect(stampError(look)).toBeLessThan(4);
  });

  it('one mailbox of several, and what people wrote is passed over', async () => {
    const { store, observer } = await onMariadb();
    await createFreescout(store, 'mariadb');
    const [ours, theirs, note] = [testCanary(), testCanary(), testCanary()];
    await receive(store, ours.message, { mailbox: 7 });
    await receive(store, theirs.message, { mailbox: 8 });
    const id = await receive(store, foreignMail(), { mailbox: 7 });
    await store.insert('threads', { conversation_id: id, type: 3, body: note.text });

    const look = await lookFrom(observer({ preset: 'freescout', mailbox_id: 7 }));

    expect(idsOf(look)).toEqual([ours.token.id]);
    expect(look.mismatches).toEqual({});
  });
});

describe('osTicket', () => {
  it('tickets by headers, refused mail by its Message-ID alone, times by the database’s zone', async () => {
    const { store, observer } = await onMariadb();
    await createOsticket(store);
    const desk = observer({ preset: 'osticket' });
    const [ticket, refused, closed] = [testCanary(), testCanary(), testCanary()];
    const { cursor } = await lookFrom(desk);
    await receiveTicket(store, ticket.message, 'open');
    const seen = await lookFrom(desk, cursor);
    await receiveTicket(store, refused.message, 'refused');
    await receiveTicket(store, closed.message, 'closed');

    const more = await lookFrom(desk, seen.cursor);
    const report = await check(desk);

    expect(idsOf(seen)).toEqual([ticket.token.id]);
    expect(seen.observations[0]?.place).toBe('inbox');
    expect(stampError(seen)).toBeLessThan(4);
    const places = more.observations.map(({ token, place }) => [token.id, place]);
    expect(new Map(places as [string, string][])).toEqual(
      new Map([
        [refused.token.id, 'suspended'],
        [closed.token.id, 'closed'],
      ]),
    );
    expect(report.warnings).toEqual([]);
  });
});

describe('TLS', () => {
  it('a certificate is checked, and one of our own CA is taken', async () => {
    const { store, observer } = await onMariadb();
    await createFreescout(store, 'mariadb');
    const keys = { preset: 'freescout', tls: 'verify' };

    const refused = await failureOf(lookFrom(observer(keys)));
    const look = await lookFrom(observer({ ...keys, ca_file: mariadb.caFile }));

    expect(refused).toMatchObject({ reason: 'tls', retryable: false });
    expect(look.complete).toBe(true);
  });

  it('a server without TLS is told apart', async () => {
    const { observer } = await onPostgres();
    const query = 'select 1 as id where 1 > :cursor limit :limit';

    const refused = await failureOf(lookFrom(observer({ query, tls: 'verify' })));

    expect(refused).toMatchObject({ reason: 'tls', retryable: false });
  });
});
