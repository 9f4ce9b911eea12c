import { describe, expect, it } from 'vitest';
import { SqlConfig } from '../../../src/observers/sql/config.ts';

const QUERY = 'select id from t where id > :cursor order by id limit :limit';
const USER = { user: 'canary', password: 'planted-secret' };

function faultsOf(keys: Readonly<Record<string, unknown>>): readonly string[] {
  const parsed = SqlConfig.safeParse({ type: 'sql', ...keys });
  return (parsed.error?.issues ?? []).map(({ path, message }) => `${path.join('.')} ${message}`);
}

describe('configuration of sql', () => {
  it.each([
    [
      { url: 'oracle://h/d', query: QUERY },
      'url must begin with postgres://, mysql://, mariadb:// or sqlite:/',
    ],
    [{ url: 'sqlite:desk.db', query: QUERY }, 'url has no absolute path of a file'],
    [{ url: 'mysql://canary@h', ...USER, query: QUERY }, 'url names no database'],
    [{ url: 'mysql://h/d?x=1', ...USER, query: QUERY }, 'url has something behind the database'],
    [{ url: 'mysql://h/d', query: QUERY }, 'user is missing'],
    [{ url: 'mysql://canary@h/d', query: QUERY }, 'password is missing'],
    [{ url: 'mysql://h/d', ...USER }, 'query is missing'],
    [
      { url: 'mysql://h/d', ...USER, query: 'drop table t' },
      'query does not begin with select or with',
    ],
    [
      { url: 'mysql://h/d', ...USER, query: QUERY, preset: 'osticket' },
      'preset brings a query and places of its own',
    ],
    [
      { url: 'postgres://h/d', ...USER, preset: 'osticket' },
      'preset is for MySQL and MariaDB only',
    ],
    [
      { url: 'mysql://h/d', ...USER, preset: 'osticket', mailbox_id: 3 },
      'mailbox_id is for FreeScout',
    ],
    [
      { url: 'mysql://h/d', ...USER, preset: 'osticket', table_prefix: 'a; drop' },
      'table_prefix has other characters than letters, digits and _',
    ],
    [
      { url: 'sqlite:/x', ...USER, query: QUERY },
      'url is a file, which has no user, password or tls',
    ],
    [{ url: 'sqlite:/x', query: QUERY, time_zone: 'Berlin' }, 'time_zone is not a time zone'],
  ])('%j', (keys, fault) => {
    expect(faultsOf(keys)).toEqual([fault]);
  });

  it('a plain line is for loopback, or for who asks for it', () => {
    const plain = (keys: Readonly<Record<string, unknown>>): boolean =>
      SqlConfig.parse({ type: 'sql', query: QUERY, ...USER, ...keys }).isPlain;

    expect(plain({ url: 'mysql://127.0.0.1/d' })).toBe(true);
    expect(plain({ url: 'mysql://127.0.0.1/d', tls: 'verify' })).toBe(false);
    expect(plain({ url: 'mysql://db.example.com/d' })).toBe(false);
    expect(plain({ url: 'mysql://db.example.com/d', tls: 'none' })).toBe(true);
  });

  it('presets bring prefix, mailbox and places', () => {
    const config = SqlConfig.parse({
      ...{ type: 'sql', url: 'mysql://h/d', ...USER },
      ...{ preset: 'freescout', table_prefix: 'fs_', mailbox_id: 7 },
    });

    expect(config.query).toContain('from fs_threads t join fs_conversations c');
    expect(config.query).toContain('c.mailbox_id = 7');
    expect(config.places).toEqual({
      inbox: 'inbox',
      closed: 'closed',
      spam: 'spam',
      trash: 'trash',
    });
    expect(JSON.stringify(config)).not.toContain('planted-secret');
  });
});
