import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { createInterface } from 'node:readline';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { failureOf, lookFrom } from '../../contracts/observer/looks.ts';
import { testCanary } from '../../contracts/observer/mails.ts';
import { MonitorError } from '../../../src/base/errors.ts';
import type { Litter, TidyManner, TidyResult } from '../../../src/observers/observer.ts';
import { openImapObserver } from './bench.ts';

/** Command to reply, with `$` for its tag; what is not listed is answered with OK. */
type Script = Readonly<Record<string, string>>;

const MAILBOX = [
  '* 0 EXISTS',
  '* OK [UIDVALIDITY 1] valid',
  '* OK [UIDNEXT 1] next',
  '$ OK [READ-ONLY] done',
].join('\r\n');
const USUAL: Script = {
  greeting: '* OK hello',
  CAPABILITY: '* CAPABILITY IMAP4rev1 IDLE\r\n$ OK done',
  LIST: '* LIST () "/" INBOX\r\n$ OK done',
  LSUB: '$ OK done',
  EXAMINE: MAILBOX,
  LOGOUT: '* BYE bye\r\n$ OK done',
};

/** A server that says what real ones cannot be made to say. */
async function serve(script: Script): Promise<{ port: number; heard: string[] }> {
  const replies = { ...USUAL, ...script };
  const heard: string[] = [];
  const server = createServer((socket) => {
    onTestFinished(() => void socket.destroy());
    socket.on('error', () => undefined);
    socket.write(`${replies.greeting}\r\n`);
    createInterface({ input: socket }).on('line', (line) => {
      const [tag = '', verb = '', second = ''] = line.split(' ');
      const command = verb === 'UID' ? `${verb} ${second}` : verb;
      heard.push(command);
      socket.write(`${(replies[command] ?? '$ OK done').replace('$', tag)}\r\n`);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return { port: (server.address() as AddressInfo).port, heard };
}

const nobody = { user: 'nobody', password: 'secret-of-nobody', address: '' };

// What takes long to load must not count against a deadline.
beforeAll(async () => {
  await import('imapflow');
});

describe('the imap observer and what servers say', () => {
  test.each([
    ['rate-limited', { greeting: '* BYE Too many connections from your address' }],
    ['unreachable', { greeting: '* BYE Server shutting down' }],
    ['auth', { LOGIN: '$ NO [AUTHORIZATIONFAILED] not you' }],
    ['auth', { CAPABILITY: '* CAPABILITY IMAP4rev1 LOGINDISABLED\r\n$ OK done' }],
    ['refused', { LOGIN: '$ NO [UNAVAILABLE] try later' }],
    ['rate-limited', { LOGIN: '$ NO [LIMIT] enough' }],
    ['bad-reply', { greeting: '220 mx.test ESMTP' }],
    ['bad-reply', { EXAMINE: '* 0 EXISTS\r\n$ OK done' }],
    ['refused', { EXAMINE: '$ NO [SERVERBUG] broken' }],
    ['config', { LIST: '* LIST () "/" Outbox\r\n$ OK done' }],
    [
      'rate-limited',
      { EXAMINE: '$ BAD Request is throttled. Suggested Backoff Time: 92415 milliseconds' },
    ],
  ] as const)('%s: %j', async (reason, script) => {
    const { port } = await serve(script);
    const observer = openImapObserver(nobody, { port, timeoutMs: 1_500 });

    const error = await failureOf(lookFrom(observer));

    expect(error.reason).toBe(reason);
    expect(error.message).not.toContain(nobody.password);
  });

  test('a NOOP that is refused is no look', async () => {
    const { port } = await serve({ NOOP: '$ NO [SERVERBUG] not now' });
    const observer = openImapObserver(nobody, { port, timeoutMs: 1_500 });
    const { cursor } = await lookFrom(observer);

    expect((await failureOf(lookFrom(observer, cursor))).reason).toBe('refused');
  });

  test('where STARTTLS is required and not offered nobody logs in', async () => {
    const { port, heard } = await serve({});
    const observer = openImapObserver(nobody, { port, keys: { tls: 'starttls' } });

    const error = await failureOf(lookFrom(observer));

    expect(error).toMatchObject({ reason: 'tls', retryable: false });
    expect(heard).toEqual(['CAPABILITY']);
  });

  test('check warns of what is missing', async () => {
    const { port } = await serve({ CAPABILITY: '* CAPABILITY IMAP4rev1\r\n$ OK done' });

    const report = await openImapObserver(nobody, { port }).check(new AbortController().signal);

    expect(report.warnings).toEqual([
      'no Junk folder is watched: a canary filtered as spam would count as overdue',
      'the server has no IDLE: new mail is noticed by asking only',
    ]);
  });
});

describe('the imap observer and tidying', () => {
  const canary = testCanary();
  const litter: Litter = { token: canary.token, externalId: 'INBOX/1/7', place: 'inbox' };
  const head = `${canary.headers.join('\r\n')}\r\n\r\n`;
  const there = `* 1 FETCH (UID 7 FLAGS () INTERNALDATE "24-Nov-2026 02:00:05 +0000" BODY[HEADER.FIELDS (SUBJECT)] {${Buffer.byteLength(head)}}\r\n${head})\r\n$ OK done`;
  const writable = MAILBOX.replace('READ-ONLY', 'READ-WRITE').replace('0 EXISTS', '1 EXISTS');
  const usual: Script = { SELECT: writable, 'UID FETCH': there };
  const able = (capabilities: string): Script => ({
    ...usual,
    CAPABILITY: `* CAPABILITY IMAP4rev1 ${capabilities}\r\n$ OK done`,
  });

  async function tidyWith(
    script: Script,
    manner: TidyManner = 'delete',
  ): Promise<{ result: TidyResult | MonitorError; heard: string[] }> {
    const { port, heard } = await serve(script);
    const observer = openImapObserver(nobody, { port, keys: { archive: 'INBOX.Done' } });
    const tidying = observer.tidy!(litter, { manner, signal: new AbortController().signal });
    const result = await tidying.catch((error: unknown) => {
      if (error instanceof MonitorError) return error;
      throw error;
    });
    return {
      result,
      heard: heard.filter((command) => /^(?:UID|STORE|EXPUNGE|CLOSE|MOVE|COPY)/.test(command)),
    };
  }

  test('takes exactly one away: UID EXPUNGE, and never CLOSE', async () => {
    const { result, heard } = await tidyWith(able('UIDPLUS'));

    expect(result).toBe('done');
    expect(heard).toEqual(['UID FETCH', 'UID STORE', 'UID EXPUNGE']);
  });

  test.each([
    ['delete', 'IDLE'],
    ['delete', 'MOVE'],
    ['close', 'IDLE'],
  ] as const)('%s changes nothing where a server has %s only', async (manner, capabilities) => {
    const { result, heard } = await tidyWith(able(capabilities), manner);

    expect(result).toMatchObject({ reason: 'config', retryable: false });
    expect(heard).toEqual([]);
  });

  test.each([
    ['it may not be marked', { 'UID STORE': '$ NO [NOPERM] no' }, 'refused'],
    ['it may not be expunged', { 'UID EXPUNGE': '$ NO [NOPERM] no' }, 'refused'],
    ['the folder may only be read', { SELECT: MAILBOX }, 'refused'],
    ['the folder cannot be opened', { SELECT: '$ NO [SERVERBUG] broken' }, 'refused'],
  ])('says why, when %s', async (_name, script: Script, reason) => {
    const { result } = await tidyWith({ ...able('UIDPLUS'), ...script });

    expect(result).toMatchObject({ reason });
  });

  test('does not take a mail that another UIDVALIDITY numbers', async () => {
    const select = writable.replace('UIDVALIDITY 1', 'UIDVALIDITY 2');

    const { result, heard } = await tidyWith({ ...able('UIDPLUS'), SELECT: select });

    expect(result).toBe('gone');
    expect(heard).toEqual([]);
  });

  test('does not take another mail that a server answers with', async () => {
    const { result, heard } = await tidyWith({
      ...able('UIDPLUS'),
      'UID FETCH': there.replace('UID 7', 'UID 8'),
    });

    expect(result).toBe('gone');
    expect(heard).toEqual(['UID FETCH']);
  });
});
