import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { createInterface } from 'node:readline';
import { describe, expect, onTestFinished, test } from 'vitest';
import { failureOf, lookFrom } from '../../contracts/observer/looks.ts';
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
      const [tag = '', command = ''] = line.split(' ');
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
