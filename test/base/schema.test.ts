import { describe, expect, it } from 'vitest';
import type * as z from 'zod';
import {
  Address,
  Duration,
  isSecretText,
  Name,
  OAuth2,
  SecretText,
} from '../../src/base/schema.ts';
import { Secret } from '../../src/base/secret.ts';
import { ImapConfig } from '../../src/observers/imap/config.ts';
import { SmtpConfig } from '../../src/senders/smtp/config.ts';

function faults(schema: z.ZodType, value: unknown): readonly string[] {
  const issues = schema.safeParse(value).error?.issues ?? [];
  return issues.map((issue) => [...issue.path, issue.message].join(' '));
}

describe('Address', () => {
  it.each([
    'a@b',
    'support@example.com',
    'first.last+tag@mail.example.com',
    "o'neil@example.com",
    'canary@[127.0.0.1]',
    'canary@[IPv6:::1]',
    'a@xn--bcher-kva.example',
  ])('takes %s', (text) => {
    expect(Address.parse(text)).toBe(text);
  });

  it.each([
    ['', 'is not a mail address'],
    ['a', 'is not a mail address'],
    ['@b', 'is not a mail address'],
    ['a@', 'is not a mail address'],
    ['a@b@c', 'is not a mail address'],
    ['a..b@c', 'is not a mail address'],
    ['.a@c', 'is not a mail address'],
    ['a.@c', 'is not a mail address'],
    ['a@b..c', 'is not a mail address'],
    [`${'a'.repeat(65)}@b`, 'is not a mail address'],
    [`a@${'b'.repeat(253)}`, 'is not a mail address'],
    ['a@b, c@d', 'must be one address'],
    ['a@b\r\nRCPT TO:<c@d', 'must be a bare address, without a name'],
    ['a@b\n', 'must be one address'],
    ['A <a@b>', 'must be a bare address, without a name'],
    ['"a b"@c', 'must be a bare address, without a name'],
    ['a@bücher.example', 'must be in ASCII'],
  ])('refuses %j', (text, message) => {
    expect(faults(Address, text)).toEqual([message]);
  });
});

describe('Duration', () => {
  it('is milliseconds', () => expect(Duration.parse('1m30s')).toBe(90_000));

  it.each([
    ['0s', 'must be more than 0'],
    [600, 'is a number without a unit'],
    ['10 minutes', 'is not a duration'],
    [true, 'is not a duration'],
  ])('refuses %j', (value, message) => {
    expect(faults(Duration, value)).toEqual([message]);
  });
});

describe('Name', () => {
  it.each(['a', '0', 'eu-west_1'])('takes %s', (text) => expect(Name.parse(text)).toBe(text));
  it.each(['', '-a', 'A', 'a.b', 'a b', 'a\n', 'ä'])('refuses %j', (text) => {
    expect(faults(Name, text)).toEqual(['is not a name']);
  });
});

describe('SecretText', () => {
  it('becomes a Secret, or stays the one it is', () => {
    const secret = new Secret('x');

    expect(SecretText.parse(secret)).toBe(secret);
    expect(SecretText.parse('y').reveal()).toBe('y');
  });

  it('is known as one, with checks of its own or without', () => {
    expect(isSecretText(SecretText)).toBe(true);
    expect(isSecretText(SecretText.refine(() => true))).toBe(true);
    expect(isSecretText(SecretText.optional())).toBe(false);
    expect(isSecretText(Duration)).toBe(false);
  });
});

describe('OAuth2', () => {
  const client = { client_id: 'abc', client_secret: 'secret' };

  it.each(['https://login.example.com/token', 'http://localhost:8080/token', 'http://[::1]/t'])(
    'takes %s',
    (token_url) => {
      expect(OAuth2.parse({ ...client, token_url }).tokenUrl).toBe(token_url);
    },
  );

  it.each([
    ['http://login.example.com/token', 'token_url must begin with https://'],
    ['https://u:p@login.example.com/token', 'token_url has a user or a password in it'],
    ['login', 'token_url is not a URL'],
  ])('refuses %s', (token_url, message) => {
    expect(faults(OAuth2, { ...client, token_url })).toEqual([message]);
  });
});

describe('SmtpConfig', () => {
  const base = { type: 'smtp', url: 'smtp://localhost', from: 'canary@probe.example.com' };

  it('needs no login', () => {
    expect(SmtpConfig.parse(base)).toMatchObject({ tls: 'none', helo: 'probe.example.com' });
  });

  it.each([
    [{ user: 'u' }, 'password is missing'],
    [{ password: 'p' }, 'user is missing'],
    [{ url: 'smtp://u:p@h', user: 'u' }, 'user is also in the url'],
    [{ url: 'smtp://u:p@h', password: 'p' }, 'password is also in the url'],
    [
      { url: 'smtps://h', tls: 'none' },
      'tls contradicts the url, which has TLS from the first byte',
    ],
    [{ helo: 'a b' }, 'helo is not the name of a host'],
  ])('refuses %j', (keys, message) => {
    expect(faults(SmtpConfig, { ...base, ...keys })).toEqual([message]);
  });
});

describe('ImapConfig', () => {
  const base = { type: 'imap', url: 'imaps://mail.example.com' };

  it('takes user and password from either place', () => {
    const apart = ImapConfig.parse({ ...base, user: 'u', password: 'p' });
    const inUrl = ImapConfig.parse({ ...base, url: 'imaps://u:p@mail.example.com' });

    for (const config of [apart, inUrl]) {
      expect(config.user).toBe('u');
      expect(config.password?.reveal()).toBe('p');
    }
  });

  it.each([
    [{}, 'user is missing'],
    [{ password: 'p' }, 'user is missing'],
    [{ user: 'u' }, 'password is missing'],
    [{ user: 'u', password: 'p', folders: {} }, 'folders names no folder'],
    [{ user: 'u', password: 'p', max_idle: '30m' }, 'max_idle must be at most 29m'],
  ])('refuses %j', (keys, message) => {
    expect(faults(ImapConfig, { ...base, ...keys })).toEqual([message]);
  });
});
