import { describe, expect, it } from 'vitest';
import {
  findQueueId,
  parseEhlo,
  parseSmtpReply,
  reasonOfReply,
  type ReplyContext,
} from '../../src/senders/smtp-reply.ts';

describe('parseSmtpReply', () => {
  it.each([
    ['250 OK', { code: 250, enhanced: null, text: 'OK' }],
    ['250', { code: 250, enhanced: null, text: '' }],
    ['250 ', { code: 250, enhanced: null, text: '' }],
    ['550 5.1.1 No such user', { code: 550, enhanced: '5.1.1', text: 'No such user' }],
    ['421 4.7.28', { code: 421, enhanced: '4.7.28', text: '' }],
    ['250-2.0.0 a\n250 2.0.0 b', { code: 250, enhanced: '2.0.0', text: 'a\nb' }],
    ['250-a\r\n250 b', { code: 250, enhanced: null, text: 'a\nb' }],
    ['554 10.0.0.1 is blocked', { code: 554, enhanced: null, text: '10.0.0.1 is blocked' }],
    ['HTTP/1.1 400', undefined],
    ['2500 x', undefined],
    ['199 x', undefined],
    ['', undefined],
  ])('%j', (raw, expected) => {
    expect(parseSmtpReply(raw)).toEqual(expected);
  });
});

describe('findQueueId', () => {
  it.each([
    ['250 2.0.0 Ok: queued as 4Xy1Z52bKqz3xYv', '4Xy1Z52bKqz3xYv'],
    ['250 2.0.0 Ok: queued as 0F3A9120CB', '0F3A9120CB'],
    ['250 OK id=1jieHH-0006c3-6I', '1jieHH-0006c3-6I'],
    [
      '250 2.6.0 <a@b.test> [InternalId=13013249589249, Hostname=AM0.prod.outlook.com] 9115 bytes in 0.2, 40 KB/sec Queued mail for delivery',
      '13013249589249',
    ],
    [
      '250 2.0.0 OK  1700000000 x12-20020a05600c21cc00b0040a4cc876e0sm1234567wmj.5 - gsmtp',
      'x12-20020a05600c21cc00b0040a4cc876e0sm1234567wmj.5',
    ],
    [
      '250 Ok 0100018b5c3c0a4f-1b2c3d4e-5f60-7182-93a4-b5c6d7e8f901-000000',
      '0100018b5c3c0a4f-1b2c3d4e-5f60-7182-93a4-b5c6d7e8f901-000000',
    ],
    ['250 Ok: queued as IxGYXw8wQ-6rFzIWvlYbMA', 'IxGYXw8wQ-6rFzIWvlYbMA'],
    ['250 OK', null],
    ['250 2.0.0 Message accepted for delivery', null],
    ['250 2.0.0 OK <AB@X.prod.outlook.com> [Hostname=X]', null],
  ])('%s', (raw, expected) => {
    expect(findQueueId(parseSmtpReply(raw)!)).toBe(expected);
  });
});

describe('reasonOfReply', () => {
  it.each<[string, ReplyContext, string]>([
    ['535 5.7.8 authentication failed', 'auth', 'auth'],
    ['534 5.7.9 too weak', 'auth', 'auth'],
    ['504 5.5.4 Unrecognized authentication type', 'auth', 'auth'],
    ['454 4.7.0 Temporary authentication failure', 'auth', 'auth'],
    ['454 4.7.0 Too many login attempts, please try again later', 'auth', 'rate-limited'],
    ['530 5.7.0 Authentication Required', 'other', 'auth'],
    ['530 5.7.0 Must issue a STARTTLS command first', 'other', 'tls'],
    ['454 4.7.0 TLS not available', 'starttls', 'tls'],
    ['421 4.7.0 Try again later, closing connection', 'other', 'rate-limited'],
    ['450 4.7.1 Recipient address rejected: Greylisted', 'other', 'rate-limited'],
    ['450-4.2.1 The user is receiving mail at a rate that', 'other', 'rate-limited'],
    ['454 Throttling failure: Maximum sending rate exceeded.', 'other', 'rate-limited'],
    ['452 4.5.3 Too many recipients', 'other', 'rate-limited'],
    ['452 4.3.1 Insufficient system storage', 'other', 'refused'],
    ['451 4.3.0 separate delivery', 'other', 'refused'],
    ['421 4.3.2 Service shutting down', 'other', 'refused'],
    ['550 5.1.1 No such user', 'other', 'refused'],
    ['550 5.7.1 rate limit, spam', 'other', 'refused'],
  ])('%s (%s) is %s', (raw, context, expected) => {
    expect(reasonOfReply(parseSmtpReply(raw)!, context)).toBe(expected);
  });
});

it('parseEhlo reads DSN and SIZE, not words that look like them', () => {
  expect(parseEhlo('250-mx.test DSN\n250-SIZE 1000\n250-DSN\n250 HELP')).toEqual({
    dsn: true,
    maxSize: 1_000,
  });
  expect(parseEhlo('250-mx.test\n250-SIZE 0\n250 X-DSN')).toEqual({ dsn: false, maxSize: null });
  expect(parseEhlo('250 mx.test')).toEqual({ dsn: false, maxSize: null });
});
