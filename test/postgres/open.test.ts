import { describe, expect, it } from 'vitest';
import { silentLogger } from '../../src/base/logger.ts';
import { createSystemClock } from '../../src/base/system.ts';
import { openLedger } from '../../src/ledger/open.ts';
import { connectLine } from '../../src/ledger/sql/postgres-line.ts';
import { postgresFaultOf } from '../../src/ledger/sql/postgres-faults.ts';
import { openSqlStore } from '../../src/ledger/sql/open-sql.ts';
import { parsePostgresUrl } from '../../src/ledger/url.ts';
import { backupLedger } from '../../src/ledger/upkeep.ts';
import { openView } from '../../src/ledger/views.ts';
import { atEnd, draft } from '../ledger/support.ts';
import { findFreePorts } from '../support/rig/processes.ts';
import { queryPostgres } from '../support/rig/postgres.ts';
import { newLedgerUrl } from '../support/test-ledger.ts';
import { openHeard } from './support.ts';

const tools = { clock: createSystemClock(), logger: silentLogger };

function changed(url: string, change: (url: URL) => void): string {
  const other = new URL(url);
  change(other);
  return other.href;
}

describe('a database that cannot be opened', () => {
  it.each<[string, string, (url: URL) => void]>([
    ['a wrong password', 'the password is wrong', (url) => (url.password = 'something-else')],
    ['no password', 'wants a password, and none is configured', (url) => (url.password = '')],
    ['no such database', 'the database does not exist', (url) => (url.pathname = '/none')],
    ['no TLS', 'the server has no TLS', (url) => (url.search = '?sslmode=verify-full')],
  ])('says why, and no secret: %s', async (_name, why, change) => {
    const url = changed(await newLedgerUrl(), change);

    for (const open of [() => openLedger({ url }, tools), () => openView(url)]) {
      const error: unknown = await open().catch((reason: unknown) => reason);
      expect(error).toMatchObject({ reason: 'ledger', retryable: false });
      expect(String(error)).toContain(why);
      expect(String(error)).not.toMatch(/something-else|only(?: |%20)for/);
    }
  });

  it('says that nobody is there', async () => {
    const [port = 0] = await findFreePorts(1);
    const url = `postgres://canary@127.0.0.1:${port}/ledger`;

    await expect(openLedger({ url }, tools)).rejects.toThrow(
      `the ledger postgres://canary@127.0.0.1:${port}/ledger cannot be opened: the server is not there (connection refused)`,
    );
  });

  it('is refused with both versions where its schema is newer', async () => {
    const url = await newLedgerUrl();
    await (await openLedger({ url }, tools)).close();
    await queryPostgres(url, `update meta set value = '9' where name = 'schema'`);

    for (const open of [() => openLedger({ url }, tools), () => openView(url)]) {
      await expect(open()).rejects.toThrow(
        'has schema 9, newer than this program, which knows schema 8: use the newer program',
      );
    }
  });

  it('is refused where it is of another program, or has another encoding', async () => {
    const url = await newLedgerUrl();
    await queryPostgres(url, 'create table cookies (v text)');
    await expect(openLedger({ url }, tools)).rejects.toThrow('is a database of something else');

    const name = `latin_${process.pid}`;
    await queryPostgres(
      url,
      `create database ${name} encoding 'LATIN1' locale 'C' template template0`,
    );
    atEnd(() => queryPostgres(url, `drop database ${name} with (force)`));
    const latin = changed(url, (other) => (other.pathname = `/${name}`));
    await expect(openLedger({ url: latin }, tools)).rejects.toThrow('its encoding is LATIN1');
  });

  it('is not copied by us', async () => {
    await expect(backupLedger(await newLedgerUrl(), '/nowhere/x')).rejects.toThrow('pg_dump');
  });
});

describe('a session', () => {
  it('waits for the disk also where the server was told not to', async () => {
    const url = await newLedgerUrl();
    const { pathname } = new URL(url);
    await queryPostgres(url, `alter database ${pathname.slice(1)} set synchronous_commit = off`);
    atEnd(() => queryPostgres(url, `alter database ${pathname.slice(1)} reset all`));

    const line = await connectLine(parsePostgresUrl(url), { name: 'test', readOnly: false });
    atEnd(() => line.close());

    const { rows } = await line.query("select current_setting('synchronous_commit') as value");
    expect(rows).toEqual([{ value: 'on' }]);
  });

  it('gives whole numbers as numbers, and none to a reader that would write', async () => {
    const url = await newLedgerUrl();
    await (await openLedger({ url }, tools)).close();
    const line = await connectLine(parsePostgresUrl(url), { name: 'test', readOnly: true });
    atEnd(() => line.close());

    const { rows } = await line.query(
      'select 4503599627370497::bigint as large, count(*) as rows from canaries',
    );

    expect(rows).toEqual([{ large: 4_503_599_627_370_497, rows: 0 }]);
    await expect(line.query('delete from meta')).rejects.toThrow('read-only');
    expect(line.isBroken).toBe(false);
  });

  it('that the server ends is replaced, for readers too', async () => {
    const url = await newLedgerUrl();
    const { ledger } = await openHeard(url);
    const view = await openView(url);
    atEnd(() => view.close());
    await ledger.launch(draft(1));
    await view.findCanary(draft(1).id);

    await queryPostgres(
      url,
      'select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()',
    );
    const seen = await view.findCanary(draft(1).id).catch(() => view.findCanary(draft(1).id));

    expect(seen?.launch.id).toBe(draft(1).id);
    await ledger.launch(draft(2)).catch(() => ledger.launch(draft(2)));
    expect(ledger.open()).toHaveLength(2);
  });
});

describe('faults of the server', () => {
  it.each([
    ['53100', 'the disk is full'],
    ['53300', 'the server has too many connections'],
    ['25006', 'it is read-only (a standby?)'],
    ['57P01', 'the server is shutting down or starting'],
    ['XX002', 'the data are corrupt'],
    ['23505', undefined],
  ])('%s: %s', async (state, fault) => {
    const store = await openSqlStore(await newLedgerUrl());
    atEnd(() => store.close());
    const error = Object.assign(new Error('from the server'), { severity: 'FEHLER', code: state });

    expect(store.faultOf(error)).toBe(fault);
    expect(postgresFaultOf(new TypeError('a bug'))).toBeUndefined();
  });
});
