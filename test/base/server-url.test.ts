import { describe, expect, it } from 'vitest';
import {
  IMAP_SCHEMES,
  isLoopback,
  lineSecurity,
  parseServerUrl,
  SMTP_SCHEMES,
} from '../../src/base/server-url.ts';

describe('parseServerUrl', () => {
  it.each([
    ['smtp://localhost', { host: 'localhost', port: 587, implicitTls: false }],
    ['smtps://Mail.Example.COM', { host: 'mail.example.com', port: 465, implicitTls: true }],
    ['SMTP://a.b:25/', { host: 'a.b', port: 25, implicitTls: false }],
    ['smtp://[::1]:2525', { host: '::1', port: 2525, implicitTls: false }],
    ['smtp://bücher.example', { host: 'xn--bcher-kva.example', port: 587, implicitTls: false }],
    ['smtp://my_host', { host: 'my_host', port: 587, implicitTls: false }],
  ])('%s', (text, expected) => {
    expect(parseServerUrl(text, SMTP_SCHEMES)).toEqual({
      ...expected,
      user: undefined,
      password: undefined,
    });
  });

  it.each([
    ['imap://u:p@h', 'u', 'p'],
    ['imap://u@h', 'u', undefined],
    ['imap://me@example.com:p@h', 'me@example.com', 'p'],
    ['imap://u:a%2Fb%40%3A%25@h', 'u', 'a/b@:%'],
    ['imap://u:p:q@h', 'u', 'p:q'],
    ['imap://j%C3%B6rg:p%C3%A4ss@h', 'jörg', 'päss'],
  ])('%s has its user and password', (text, user, password) => {
    const url = parseServerUrl(text, IMAP_SCHEMES);

    expect(url.user).toBe(user);
    expect(url.password?.reveal()).toBe(password);
    expect(url.host).toBe('h');
  });

  it.each([
    ['', 'must begin with smtp:// or smtps://'],
    ['mail.example.com', 'must begin with smtp:// or smtps://'],
    ['user:hunter2@mail.example.com', 'must begin with smtp:// or smtps://'],
    ['imap://u:hunter2@h', 'must begin with smtp:// or smtps://'],
    ['constructor://h', 'must begin with smtp:// or smtps://'],
    ['smtp:hunter2', 'must begin with smtp:// or smtps://'],
    ['smtp://', 'names no host'],
    ['smtp://u:hunter2@', 'has no readable host and port'],
    ['smtp://u:hunter2/@h', 'has no readable host and port'],
    ['smtp://u:1#hunter2@h', 'has something behind host and port'],
    ['smtp://u:1?hunter2@h', 'has something behind host and port'],
    ['smtp://u:1/hunter2@h', 'has something behind host and port'],
    ['smtp://h:70000', 'has no readable host and port'],
    ['smtp://h:0', 'has the port 0'],
    ['smtp://h/inbox', 'has something behind host and port'],
    ['smtp://u:hunter2%@h', 'has a % that does not encode a character'],
    ['smtp://u:hunter2%0d%0a@h', 'has a control character in it'],
    ['smtp://u:hun ter2@h', 'has white space in it'],
    ['smtp://h\nx', 'has white space in it'],
    ['smtp://a..b', 'has no readable host and port'],
    ['smtp://-a', 'has no readable host and port'],
    ['smtp://a%2Fb', 'has no readable host and port'],
    ['smtp://[::1', 'has no readable host and port'],
  ])('refuses %j', (text, message) => {
    let thrown = '';
    try {
      parseServerUrl(text, SMTP_SCHEMES);
    } catch (error) {
      thrown = String(error);
    }

    expect(thrown).toBe(`Error: ${message}`);
  });
});

describe('isLoopback', () => {
  it.each(['localhost', '127.0.0.1', '127.255.255.255', '::1'])('%s is', (host) => {
    expect(isLoopback(host)).toBe(true);
  });

  it.each([
    '127.0.0.1.example.com',
    '127.999.0.1',
    '127.1',
    '128.0.0.1',
    'localhost.example.com',
    '::2',
    '',
  ])('%s is not', (host) => {
    expect(isLoopback(host)).toBe(false);
  });
});

describe('lineSecurity', () => {
  it.each([
    ['smtps://h', undefined, 'implicit'],
    ['smtp://h', undefined, 'starttls'],
    ['smtp://h', 'none', 'none'],
    ['smtp://127.0.0.1', undefined, 'none'],
    ['smtp://127.0.0.1', 'starttls', 'starttls'],
  ] as const)('%s, %s: %s', (url, wish, expected) => {
    expect(lineSecurity(parseServerUrl(url, SMTP_SCHEMES), wish)).toBe(expected);
  });
});
