import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { Secret } from '../../../src/base/secret.ts';
import { JmapConfig } from '../../../src/observers/jmap/config.ts';
import { roomsOf } from '../../../src/observers/jmap/mailboxes.ts';
import { failureOf, idsOf, lookAgain, lookFrom } from '../../contracts/observer/looks.ts';
import { testCanary } from '../../contracts/observer/mails.ts';
import { openJmapObserver } from './bench.ts';
import { MAILBOXES, standIn, type Method } from './stand-in.ts';

const USER = { user: 'canary', password: 'planted-password' };
const CORE = 'urn:ietf:params:jmap:core';
const MAIL = 'urn:ietf:params:jmap:mail';
const error =
  (type: string): Method =>
  () => ['error', { type }];

describe('the session', () => {
  test('is asked for once, at the well-known place, and again when it has changed', async () => {
    const { port, requests } = await standIn();
    const observer = openJmapObserver(USER, { port });

    await lookFrom(observer, (await lookFrom(observer)).cursor);

    const basic = `Basic ${Buffer.from('canary:planted-password').toString('base64')}`;
    expect(requests).toEqual([
      `GET /.well-known/jmap ${basic}`,
      ...Array.from({ length: 3 }, () => `POST /api/ ${basic}`),
    ]);
  });

  test('is asked for once by two who find none at the same time', async () => {
    const { port, requests } = await standIn();
    const observer = openJmapObserver(USER, { port });
    const { signal } = new AbortController();
    const litter = { token: testCanary().token, externalId: 'm1', place: 'inbox' } as const;

    await Promise.all([
      lookFrom(observer),
      observer.tidy?.(litter, { manner: 'delete', signal }),
      observer.positiveControl?.expect(signal),
    ]);

    expect(requests.filter((line) => line.startsWith('GET '))).toHaveLength(1);
  });

  test('one that changes at each answer is asked for at each look', async () => {
    const { port, requests } = await standIn({ session: { state: 'never the same' } });
    const observer = openJmapObserver(USER, { port });

    const look = await lookFrom(observer, (await lookFrom(observer)).cursor);

    expect(look.complete).toBe(true);
    expect(requests.filter((line) => line.startsWith('GET')).length).toBeGreaterThan(1);
  });

  test('a URL with a path is that of the session itself', async () => {
    const { port, requests } = await standIn();
    const keys = { url: `http://127.0.0.1:${port}/some/session` };

    const failure = await failureOf(lookFrom(openJmapObserver(USER, { port, keys })));

    expect(failure.reason).toBe('config');
    expect(requests[0]).toMatch(/^GET \/some\/session /);
  });

  test.each([
    ['another host for calls', { apiUrl: 'https://api.elsewhere.test/' }, 'config'],
    ['no account with mail', { primaryAccounts: {} }, 'config'],
    [
      'too few calls in a request',
      { capabilities: { [CORE]: { maxCallsInRequest: 2, maxObjectsInGet: 9 }, [MAIL]: {} } },
      'bad-reply',
    ],
    ['no mail at all', { capabilities: { [CORE]: {} } }, 'bad-reply'],
  ])('%s is told', async (_what, session, reason) => {
    const { port, calls } = await standIn({ session });

    const failure = await failureOf(lookFrom(openJmapObserver(USER, { port })));

    expect(failure.reason).toBe(reason);
    expect(calls).toEqual([]);
  });

  test('a shared account is found by its name; another name is told with those that are', async () => {
    const accounts = { a1: { name: 'me' }, a2: { name: 'support@example.com' } };
    const { port } = await standIn({ session: { accounts } });

    const look = await lookFrom(
      openJmapObserver(USER, { port, keys: { account: 'support@example.com' } }),
    );
    const failure = await failureOf(
      lookFrom(openJmapObserver(USER, { port, keys: { account: 'nobody' } })),
    );

    expect(look.complete).toBe(true);
    expect(failure.message).toContain('there is no account "nobody"; there are: me, support@');
  });

  test.each([
    ['forbidden', 'auth'],
    ['accountNotFound', 'config'],
    ['rateLimit', 'rate-limited'],
    ['serverFail', 'refused'],
    ['invalidResultReference', 'bad-reply'],
  ])('a call that fails with %s is %s', async (type, reason) => {
    const { port } = await standIn({ methods: { 'Email/query': error(type) } });

    const failure = await failureOf(lookFrom(openJmapObserver(USER, { port })));

    expect(failure.reason).toBe(reason);
    expect(failure.message).toContain(`Email/query failed: ${type}`);
  });

  test('changes that cannot be told are read anew by date', async () => {
    const { token } = testCanary();
    const email = {
      id: 'e1',
      mailboxIds: { i: true },
      receivedAt: '2026-11-24T02:00:41Z',
      'header:X-Mailcanary-Token:asRaw:all': [` ${token.token}`],
    };
    const { port, calls } = await standIn({
      methods: {
        'Email/changes': error('cannotCalculateChanges'),
        'Email/get': (args) => [
          'Email/get',
          { state: '7', list: '#ids' in args ? [email] : [], notFound: [] },
        ],
        'Email/query': () => ['Email/query', { ids: ['e1'] }],
      },
    });
    const cursor = { format: 2, views: { mail: { state: 'old' } }, seen: [] };

    const look = await lookFrom(openJmapObserver(USER, { port }), cursor);

    expect(idsOf(look)).toEqual([token.id]);
    expect(look.cursor).toMatchObject({ views: { mail: { state: '7' } } });
    expect(calls.slice(1)).toEqual([
      'Email/changes Email/get Email/get',
      'Email/get Email/query Email/get',
    ]);
  });
});

describe('logging in', () => {
  test('a token is shown as bearer, and read again from its file when it is refused', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'jmap-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const file = join(folder, 'token');
    await writeFile(file, 'planted-old');
    const { port, requests } = await standIn({ authorization: () => 'Bearer planted-new' });
    const token = new Secret('planted-old', () => readFileSync(file, 'utf8'));
    const keys = { user: undefined, password: undefined, token };
    const observer = openJmapObserver(USER, { port, keys });

    const failure = await failureOf(lookFrom(observer));
    await writeFile(file, 'planted-new');
    const look = await lookAgainAfterAuth(observer);

    expect(failure.reason).toBe('auth');
    expect(failure.message).not.toContain('planted');
    expect(look.complete).toBe(true);
    expect(requests[0]).toBe('GET /.well-known/jmap Bearer planted-old');
  });

  /** What is refused is not tried again at once, whatever has changed. */
  async function lookAgainAfterAuth(
    observer: ReturnType<typeof openJmapObserver>,
  ): ReturnType<typeof lookAgain> {
    const early = await failureOf(lookFrom(observer));
    expect(early.retryAfterMs).toBeGreaterThan(0);
    return lookAgain(observer);
  }

  test.each([
    [{ user: 'a' }, 'password', 'is missing'],
    [{ password: 'x' }, 'user', 'is missing'],
    [{}, 'user', 'is missing'],
    [{ user: 'a', token: 'x' }, 'token', 'cannot stand beside user or password'],
  ])('%j is not enough, or too much', (keys, path, message) => {
    const parsed = JmapConfig.safeParse({ type: 'jmap', url: 'https://mail.example.com', ...keys });

    expect(parsed.error?.issues).toMatchObject([{ path: [path], message }]);
  });
});

describe('mailboxes', () => {
  const rooms = roomsOf(
    [
      ...MAILBOXES.map((mailbox) => ({ ...mailbox, parentId: null, totalEmails: 0 })),
      { id: 'j', name: 'Spam', role: 'junk', parentId: null },
      { id: 'p', name: 'Sorted', role: null, parentId: null },
      { id: 'c', name: 'Tickets', role: null, parentId: 'p' },
    ],
    { folders: { 'sorted/tickets': 'closed' }, archive: undefined },
  );

  test.each([
    [['i'], 'inbox'],
    [['j', 'i'], 'inbox'],
    [['j'], 'spam'],
    [['c'], 'closed'],
    [['p', 'j'], 'other'],
    [['s'], undefined],
    [['gone'], undefined],
  ])('a mail in %j is in %s', (ids, place) => {
    expect(rooms.placeOf(ids)).toBe(place);
  });

  test('without an archive closing is told to be impossible', () => {
    expect(() => rooms.archive()).toThrow('no mailbox has the role archive');
  });
});
