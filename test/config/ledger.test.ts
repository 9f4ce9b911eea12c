import { describe, expect, it } from 'vitest';
import { inspect } from 'node:util';
import { parseConfig } from '../../src/config/load.ts';
import type { PostgresUrl } from '../../src/ledger/url.ts';
import { ENV, errorOf, fileWith, parse } from './support.ts';

const SECRET = 'pass-from-a-file';

/** What a configuration makes of `ledger: { ... }`. */
function ledgerOf(keys: string, environment: Readonly<Record<string, string>> = {}): PostgresUrl {
  const config = parseConfig(fileWith({ top: `ledger: { ${keys} }` }), {
    path: '/etc/mailcanary/mailcanary.yaml',
    env: (name) => environment[name] ?? ENV(name),
    readFile: () => Buffer.from(`${SECRET}\n`),
  });
  expect(inspect(config, { depth: 9 })).not.toContain(SECRET);
  const { url } = config.ledger;
  if (typeof url === 'string') throw new Error('a file');
  return url;
}

describe('a ledger on a PostgreSQL server', () => {
  const url = 'url: "postgres://canary@db.example.com/mailcanary"';

  it.each([
    ['the url', 'url: "postgres://canary:in-the-url@db.example.com/x"', 'in-the-url'],
    ['the file of a secret', `${url}, password_file: /run/secrets/db`, SECRET],
    ['a variable', `${url}, password: "\${IMAP_PASSWORD}"`, 'hunter2secret'],
    ['PGPASSWORD, where nothing else says', url, 'from-environment'],
  ])('has its password from %s', (_name, keys, password) => {
    const found = ledgerOf(keys, { PGPASSWORD: 'from-environment' });

    expect(found.password?.reveal()).toBe(password);
    expect(found).toMatchObject({ host: 'db.example.com', sslMode: 'verify-full' });
  });

  it('needs none, and may name its CA', () => {
    const found = ledgerOf(`${url}, ca_file: /etc/ssl/db.pem`, { PGPASSWORD: '' });

    expect(found.password).toBeUndefined();
    expect(found.caFile).toBe('/etc/ssl/db.pem');
  });

  it.each([
    ['url: "postgres://canary@db.example.com/"', 'ledger.url: names no database'],
    [
      'url: "postgres://canary:one-secret@h.test/x", password: another',
      'ledger.password: is also in the url',
    ],
    ['password: another', 'ledger.password: is of no use for a file'],
  ])('is refused, and no secret repeated: %s', (keys, message) => {
    const error = errorOf(() => parse(fileWith({ top: `ledger: { ${keys} }` })));

    expect(error.message).toContain(message);
    expect(error.message).not.toMatch(/one-secret|another/);
  });
});
