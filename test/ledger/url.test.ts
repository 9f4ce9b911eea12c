import { describe, expect, it } from 'vitest';
import { nameOfLedger, parsePostgresUrl } from '../../src/ledger/url.ts';

describe('the URL of a PostgreSQL database', () => {
  it('is read with its parts decoded, and named without its password', () => {
    const url = parsePostgresUrl('postgres://can%40ary:p%2Fw@DB.example.com:6543/mail%20canary');

    expect(url).toMatchObject({
      host: 'db.example.com',
      port: 6_543,
      user: 'can@ary',
      database: 'mail canary',
      sslMode: 'verify-full',
    });
    expect(url.password?.reveal()).toBe('p/w');
    expect(nameOfLedger(url)).toBe('postgres://can%40ary@db.example.com:6543/mail%20canary');
  });

  it.each([
    ['postgresql://u@127.0.0.1/db', '127.0.0.1', 'disable', 'postgres://u@127.0.0.1/db'],
    ['postgres://u@[::1]/db', '::1', 'disable', 'postgres://u@[::1]/db'],
    ['postgres://u@h.test/db?sslmode=require', 'h.test', 'require', 'postgres://u@h.test/db'],
    ['postgres://u@/db?host=/run/pg', '/run/pg', 'disable', 'postgres://u@/db?host=/run/pg'],
  ])('%s', (text, ...expected) => {
    const url = parsePostgresUrl(text);

    expect(url).toMatchObject({ port: 5_432, password: undefined });
    expect([url.host, url.sslMode, nameOfLedger(url)]).toEqual(expected);
  });

  it.each([
    ['postgres:db', 'has no readable host, port and database'],
    ['postgres://user@host/', 'names no database'],
    ['postgres://user@host/db?host=/run', 'has another parameter'],
    ['postgres://host/db', 'names no user'],
    ['postgres://user@/db', 'names no host'],
    ['postgres://user@host:0/db', 'has the port 0'],
    ['postgres://user@host/db?sslmode=prefer', 'has an sslmode other than disable, require'],
    ['postgres://user@host/db?options=x', 'has another parameter than sslmode'],
    ['postgres://us er@host/db', 'has white space in it'],
    ['postgres://u:%zz@host/db', 'has a % that does not encode a character'],
  ])('is refused, and not repeated: %s', (text, why) => {
    expect(() => parsePostgresUrl(text)).toThrow(why);
  });
});
