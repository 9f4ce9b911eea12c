import { describe, expect, test } from 'vitest';
import { MonitorError } from '../../../src/base/errors.ts';
import { Secret } from '../../../src/base/secret.ts';
import {
  createCopyMemory,
  earlierCopies,
  reportable,
  type Copy,
} from '../../../src/observers/imap/copies.ts';
import { readCursor, writeCursor } from '../../../src/observers/imap/cursor.ts';
import { explain } from '../../../src/observers/imap/failure.ts';
import { planFolders, type Listed } from '../../../src/observers/imap/folders.ts';
import { createGate } from '../../../src/observers/gate.ts';
import { packUids } from '../../../src/observers/imap/reading.ts';
import { testCanary } from '../../contracts/observer/mails.ts';
import { createFakeClock } from '../../support/fake-clock.ts';
import { createFakeRandom } from '../../support/fake-random.ts';

describe('the cursor', () => {
  test('comes back as it went', () => {
    const marks = new Map([['INBOX', { uidValidity: 4_294_967_295, uidNext: 7 }]]);

    const stored: unknown = JSON.parse(JSON.stringify(writeCursor(marks)));

    expect(readCursor(stored)).toEqual(marks);
  });

  const strange = [undefined, null, 1, 'x', [], {}, { format: 2, folders: {} }];
  test.each(strange)('%j is none', (cursor) => {
    expect(readCursor(cursor)).toEqual(new Map());
  });

  test.each([0, -1, 1.5, '7', null])('a UIDNEXT of %j is none', (uidNext) => {
    const cursor = { format: 1, folders: { INBOX: { uidValidity: 1, uidNext } } };

    expect(readCursor(cursor)).toEqual(new Map());
  });
});

test.each([
  [[], ''],
  [[5], '5'],
  [[1, 2, 3, 7, 9, 10], '1:3,7,9:10'],
])('packUids(%j) is %j', (uids, set) => {
  expect(packUids(uids)).toBe(set);
});

describe('planFolders', () => {
  const entry = (path: string, more: Partial<Listed> = {}): Listed => ({
    path,
    delimiter: '/',
    flags: new Set(),
    ...more,
  });
  const listed = [
    entry('Spam', { specialUse: '\\Junk', specialUseSource: 'name' }),
    entry('Bin', { specialUse: '\\Trash', specialUseSource: 'extension' }),
    entry('Inbox'),
    entry('Archive', { specialUse: '\\Archive' }),
    entry('Group', { flags: new Set(['\\NoSelect']) }),
    entry('INBOX.Old', { delimiter: '.' }),
  ];

  test('by default: INBOX first, Junk and Trash, and what was guessed', () => {
    expect(planFolders(listed, undefined)).toEqual({
      folders: [
        { path: 'Inbox', place: 'inbox' },
        { path: 'Spam', place: 'spam' },
        { path: 'Bin', place: 'trash' },
      ],
      guessed: ['Spam'],
    });
  });

  test('as configured, INBOX first, prefixes left out', () => {
    const plan = planFolders(listed, { Old: 'closed', Spam: 'spam', INBOX: 'inbox' });

    expect(plan.folders.map(({ path }) => path)).toEqual(['Inbox', 'INBOX.Old', 'Spam']);
  });

  test('a folder that is only a container is none', () => {
    expect(() => planFolders(listed, { Group: 'inbox' })).toThrow(
      'there is no folder "Group"; there are: Archive, Bin, INBOX.Old, Inbox, Spam',
    );
  });
});

describe('explain', () => {
  const context = { server: 'mail.test:993', secrets: [new Secret('hunter22')] };
  const failing = (facts: object): unknown => Object.assign(new Error('Command failed'), facts);
  const refusedLogin = (serverResponseCode?: string, response = 'no'): object => ({
    authenticationFailed: true,
    responseStatus: 'NO',
    serverResponseCode,
    response,
  });

  test.each([
    ['auth', refusedLogin('AUTHENTICATIONFAILED')],
    ['auth', refusedLogin('AUTHORIZATIONFAILED')],
    ['auth', refusedLogin()],
    ['refused', refusedLogin('UNAVAILABLE')],
    ['rate-limited', refusedLogin('LIMIT')],
    [
      'rate-limited',
      refusedLogin('UNAVAILABLE', 'Maximum number of connections from user+IP exceeded'),
    ],
    ['rate-limited', { code: 'NoConnection', reason: 'Too many simultaneous connections' }],
    ['rate-limited', { code: 'ETHROTTLE', responseStatus: 'BAD', throttleReset: 92_415 }],
    ['rate-limited', { responseStatus: 'NO', serverResponseCode: 'THROTTLED' }],
    ['rate-limited', { responseStatus: 'NO', serverResponseCode: 'OVERQUOTA' }],
    ['refused', { responseStatus: 'NO' }],
    ['refused', { responseStatus: 'BAD', responseText: 'what?' }],
    ['unreachable', { code: 'ECONNREFUSED' }],
    ['unreachable', { code: 'ENOTFOUND' }],
    ['unreachable', { code: 'EAI_AGAIN' }],
    ['unreachable', { code: 'NoConnection', reason: 'Server shutting down' }],
    ['timeout', { code: 'ETIMEDOUT' }],
    ['timeout', { code: 'GREETING_TIMEOUT' }],
    ['tls', { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' }],
    ['tls', { code: 'ERR_TLS_CERT_ALTNAME_INVALID' }],
    ['tls', { code: 'CERT_HAS_EXPIRED' }],
    ['tls', { tlsFailed: true }],
    ['config', { mailboxMissing: true, responseStatus: 'NO' }],
    ['bad-reply', { code: 'ParserError3' }],
    ['bad-reply', { code: 'UnexpectedTag' }],
    ['bad-reply', {}],
  ] as const)('%s: %j', (reason, facts) => {
    const error = explain(failing(facts), context);

    expect(error).toBeInstanceOf(MonitorError);
    expect(error).toMatchObject({ reason });
    expect(error.message).toMatch(/^mail\.test:993: /);
  });

  test('keeps the wish of the server, one line, and no secret', () => {
    const text = `no\r\nLOGIN "hunter22" ${'x'.repeat(1_000)}`;
    const error = explain(
      failing({ code: 'ETHROTTLE', throttleReset: 5, responseText: text }),
      context,
    );

    expect(error).toMatchObject({ retryAfterMs: 5, retryable: true });
    expect(error.cause).toBeUndefined();
    expect(error.message).toContain('no LOGIN "[redacted]" x');
    expect(error.message.length).toBeLessThan(320);
  });

  test('a bug stays a bug', () => {
    const bug = new TypeError('x is not a function');

    expect(explain(bug, context)).toBe(bug);
  });
});

describe('the gate', () => {
  const failure = (
    reason: 'unreachable' | 'auth' | 'aborted',
    retryAfterMs?: number,
  ): MonitorError =>
    new MonitorError('no', {
      reason,
      retryable: true,
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    });

  test('opens later after each failure, up to 10 s, and at once when reset', async () => {
    const clock = createFakeClock();
    const gate = createGate({ clock, random: createFakeRandom() });
    const waits: number[] = [];
    for (let n = 0; n < 8; n += 1) {
      gate.failed(failure('unreachable'));
      waits.push(gate.waitMs());
      expect(() => gate.pass()).toThrow('no');
      await clock.advance(gate.waitMs());
    }
    gate.failed(failure('unreachable'));
    gate.reset();

    expect(waits[0]).toBeGreaterThanOrEqual(750);
    expect(Math.max(...waits)).toBeLessThanOrEqual(10_000);
    expect(waits.at(-1)).toBeGreaterThanOrEqual(7_500);
    expect(gate.waitMs()).toBe(0);
    expect(() => gate.pass()).not.toThrow();
  });

  test('obeys the server, and is slower with passwords; stopping is no failure', () => {
    const clock = createFakeClock();
    const random = createFakeRandom();
    const [asked, login, stopped] = [1, 2, 3].map(() => createGate({ clock, random }));
    asked?.failed(failure('unreachable', 92_415));
    for (let n = 0; n < 9; n += 1) login?.failed(failure('auth'));
    stopped?.failed(failure('aborted'));

    expect(asked?.waitMs()).toBe(92_415);
    expect(login?.waitMs()).toBeGreaterThanOrEqual(45_000);
    expect(stopped?.waitMs()).toBe(0);
  });
});

describe('the memory of copies', () => {
  const { token } = testCanary();
  const copy = (uid: number, more: Partial<Copy> = {}): Copy => ({
    folder: 'INBOX',
    uidValidity: 1,
    uid,
    deleted: false,
    observation: {
      token,
      externalId: `INBOX/1/${uid}`,
      place: 'inbox',
      stamp: null,
      hops: [],
      foreignMessageId: null,
    },
    ...more,
  });

  test('gives the other copies of a canary that shows up again, and not the same one', () => {
    const memory = createCopyMemory(createFakeClock());
    memory.remember([copy(1), copy(2)]);

    expect(earlierCopies([copy(3)], memory)).toEqual([copy(1), copy(2)]);
    expect(earlierCopies([copy(1), copy(2)], memory)).toEqual([]);
  });

  test('is bounded in copies and in time', async () => {
    const clock = createFakeClock();
    const memory = createCopyMemory(clock);
    for (let uid = 1; uid <= 100; uid += 1) memory.remember([copy(uid)]);
    expect(memory.of(token.id)).toHaveLength(20);

    await clock.advance(73 * 3_600_000);
    const other = testCanary().token;
    memory.remember([{ ...copy(500), observation: { ...copy(500).observation, token: other } }]);

    expect(memory.of(token.id)).toEqual([]);
    expect(memory.of(other.id)).toHaveLength(1);
  });

  test('a copy marked as deleted counts only where it is alone', () => {
    const deleted = copy(1, { deleted: true });

    expect(reportable([deleted])).toEqual([deleted]);
    expect(reportable([deleted, copy(2)])).toEqual([copy(2)]);
  });
});
