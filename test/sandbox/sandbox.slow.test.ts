import { createServer } from 'node:net';
import { once } from 'node:events';
import { describe, expect, it, onTestFinished } from 'vitest';
import { silentLogger } from '../../src/base/logger.ts';
import { createSystemClock, createSystemRandom } from '../../src/base/system.ts';
import { ImapConfig } from '../../src/observers/imap/config.ts';
import { createImapObserver } from '../../src/observers/imap/index.ts';
import { createSandbox } from '../../src/sandbox/sandbox.ts';
import { TEST_KEYS } from '../support/test-launch.ts';
import { testCanary } from '../contracts/observer/mails.ts';
import { connectLines } from '../unit-support/line-peers.ts';
import { AT_ONCE, openSandbox } from './support.ts';

const responseCode = async (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => 250,
    (error: unknown) => (error as { responseCode?: number }).responseCode,
  );

describe('the sandbox', () => {
  it('takes mail for its two addresses only', async () => {
    const { send, sandbox } = await openSandbox();
    const { control, support } = sandbox.recipients;

    expect(await send({ to: support.toUpperCase() })).toBe('250 2.0.0 Ok: queued as S00000001');
    await send({ to: control });
    expect(await responseCode(send({ to: 'somebody@sandbox.test' }))).toBe(550);
    expect(sandbox.truth.all()).toMatchObject([
      { sequence: 1, destination: 'helpdesk', server: 'mx1.sandbox.test', state: 'ingested' },
      { sequence: 2, destination: 'control', copies: [{ place: 'inbox', cause: 'delivery' }] },
    ]);
  });

  it('says the truth about each mail, and can be waited for', async () => {
    const { send, sandbox, clock } = await openSandbox({
      helpdesk: { delay: { type: 'fixed', ms: 5_000 } },
    });
    await send({ subject: 'watched', messageId: '<a@example.org>' });
    const ingested = sandbox.truth.until((mails) => mails[0]?.state === 'ingested');
    const acceptedAt = clock.now();

    await clock.advance(5_000);
    await ingested;

    expect(sandbox.truth.all()).toMatchObject([
      {
        subject: 'watched',
        from: 'ann@example.org',
        messageId: '<a@example.org>',
        acceptedAt,
        fate: { lost: false, delayMs: 5_000 },
        copies: [{ at: acceptedAt + 5_000, externalId: '100200301/456000001' }],
      },
    ]);
  });

  it.each([
    ['refuse', 'rcpt', null, 554],
    ['refuse', 'data', 571, 571],
    ['defer', 'mail', null, 451],
    ['defer', 'rcpt', 450, 450],
  ] as const)('%s at %s', async (...[answer, stage, code, expected]) => {
    const { send, sandbox } = await openSandbox();
    sandbox.dials.set({ smtp: { answer, stage, code } });

    expect(await responseCode(send())).toBe(expected);
    expect(sandbox.truth.all()).toEqual([]);
    sandbox.dials.set({ smtp: { answer: 'accept' } });
    expect(await responseCode(send())).toBe(250);
  });

  it('resets or hangs, and a hanging dialogue ends with it', async () => {
    const { send, sandbox, smtp } = await openSandbox();
    sandbox.dials.set({ smtp: { answer: 'reset', stage: 'mail' } });
    await expect(send()).rejects.toThrow();

    sandbox.dials.set({ smtp: { answer: 'hang', stage: 'connect' } });
    const client = connectLines(smtp.port);
    await once(client.socket, 'connect');
    await sandbox.stop();

    expect(await client.ended).toMatch(/end|ECONNRESET/);
  });

  it('spreads mail over its servers; one that is out takes none', async () => {
    const { send, sandbox, servers } = await openSandbox(AT_ONCE, { servers: 3 });
    await send({ port: servers[1]!.port });
    sandbox.dials.set({
      helpdesk: { servers: { mx2: { loss: 0, out: true }, mx3: { loss: 0, out: true } } },
    });
    expect(await responseCode(send({ port: servers[1]!.port }))).toBe(421);
    await Promise.all(Array.from({ length: 5 }, () => send()));
    sandbox.dials.set({ helpdesk: { servers: {} } });
    await Promise.all(Array.from({ length: 30 }, () => send()));

    const names = sandbox.truth.all().map(({ server }) => server.split('.')[0]);
    expect(names.slice(0, 6)).toEqual(['mx2', 'mx1', 'mx1', 'mx1', 'mx1', 'mx1']);
    expect([...new Set(names.slice(6))].sort()).toEqual(['mx1', 'mx2', 'mx3']);
  });

  it('takes the next port where one is taken', async () => {
    const blocker = createServer().listen(0, '127.0.0.1');
    await once(blocker, 'listening');
    onTestFinished(() => void blocker.close());
    const { port } = blocker.address() as { port: number };
    const clock = createSystemClock();
    const tools = { clock, random: createSystemRandom(), logger: silentLogger };
    const sandbox = createSandbox({ ports: { helpdesk: port } }, tools);
    onTestFinished(() => sandbox.stop());

    const { helpdesk } = await sandbox.start();

    expect(helpdesk.port).toBeGreaterThan(port);
    expect(helpdesk.port).toBeLessThan(port + 50);
  });

  it('stops once and for all, whatever is connected', async () => {
    const { sandbox, imap, helpdesk } = await openSandbox();
    const client = connectLines(imap.port);
    await client.hear();

    await Promise.all([sandbox.stop(), sandbox.stop()]);

    expect(await client.ended).toMatch(/end|ECONNRESET/);
    await expect(fetch(helpdesk.url)).rejects.toThrow();
  });

  it('shows no secret of its own', async () => {
    const { sandbox } = await openSandbox();

    expect(JSON.stringify(sandbox.credentials)).toMatch(/"appSecret":"\[redacted\]"/);
  });
});

describe('our own observer on the control mailbox of the sandbox', () => {
  it('sees a canary that went in by SMTP where it was put, with the hop of the sandbox', async () => {
    const clock = createSystemClock();
    const random = createSystemRandom();
    const sandbox = createSandbox({ dials: AT_ONCE }, { clock, random, logger: silentLogger });
    onTestFinished(() => sandbox.stop());
    const { imap, smtp } = await sandbox.start();
    const { imapUser, imapPassword } = sandbox.credentials;
    const config = ImapConfig.parse({
      type: 'imap',
      url: `imap://127.0.0.1:${imap.port}`,
      user: imapUser,
      password: imapPassword.reveal(),
    });
    const observer = createImapObserver('plain', config, {
      ...{ clock, random, keys: TEST_KEYS, logger: silentLogger },
    });
    onTestFinished(() => observer.close());
    const look = (cursor: unknown) =>
      observer.look({ cursor, since: clock.now() - 60_000, signal: new AbortController().signal });
    const submit = async (message: string): Promise<void> => {
      const client = connectLines(smtp.port);
      await client.hear();
      for (const line of [
        'HELO probe.example',
        'MAIL FROM:<a@example.org>',
        `RCPT TO:<${imapUser}>`,
        'DATA',
      ]) {
        client.say(line);
        await client.hear();
      }
      client.say(...message.split('\r\n'), '.');
      expect(await client.hear()).toMatch(/^250 /);
      client.socket.destroy();
    };
    const [one, two] = [testCanary(), testCanary()];
    const first = await look(undefined);

    await submit(one.message);
    sandbox.dials.set({ control: { misfile: 1 } });
    await submit(two.message);
    const seen = await look(first.cursor);

    expect(seen.complete).toBe(true);
    expect(seen.observations.map(({ token, place }) => [token.id, place])).toEqual([
      [one.token.id, 'inbox'],
      [two.token.id, 'spam'],
    ]);
    expect(seen.observations.map(({ externalId }) => externalId)).toEqual(
      sandbox.truth.all().map(({ copies }) => copies[0]?.externalId),
    );
    expect(seen.observations[0]?.hops).toMatchObject([{ by: 'mx1.sandbox.test' }]);
  });
});
