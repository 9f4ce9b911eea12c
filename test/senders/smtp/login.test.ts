import { createServer, type IncomingMessage, type Server } from 'node:http';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { Secret } from '../../../src/base/secret.ts';
import type { Sender } from '../../../src/senders/sender.ts';
import type { SmtpConfig } from '../../../src/senders/smtp/config.ts';
import { createSmtpStub, type SmtpStub, type StubOptions } from '../../support/smtp-stub.ts';
import { createCertificate } from '../certificate.ts';
import { brief, detailOf, LOGIN, message, NEVER, PASSWORD, senderFor } from './setup.ts';

const folder = mkdtempSync(join(tmpdir(), 'mailcanary-'));
afterAll(() => rmSync(folder, { recursive: true }));

const certificate = createCertificate();
const caFile = join(folder, 'ca.pem');
writeFileSync(caFile, certificate.cert);

const opened: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of opened.splice(0)) await one.close();
});

async function start(
  options: StubOptions = {},
  changes: Partial<SmtpConfig> = {},
): Promise<{ stub: SmtpStub; sender: Sender }> {
  const stub = await createSmtpStub({ certificate, ...options });
  const sender = senderFor(stub.port, { tls: options.tls ?? 'none', caFile, ...changes });
  opened.push(sender, stub);
  return { stub, sender };
}

const base64 = (text: string): string => Buffer.from(text).toString('base64');

describe('a login with a password', () => {
  it.each([
    ['AUTH PLAIN LOGIN', [`AUTH PLAIN ${base64(`\0canary\0${PASSWORD}`)}`]],
    ['AUTH LOGIN', ['AUTH LOGIN', base64('canary'), base64(PASSWORD)]],
  ])('goes by %s as offered', async (offer, expected) => {
    const { stub, sender } = await start({ extensions: [offer] }, LOGIN);

    expect(brief(await sender.send(message(), NEVER))).toBe('accepted');
    expect(stub.sessions[0]!.commands.slice(1, 1 + expected.length)).toEqual(expected);
  });

  it('is not tried where the server offers none', async () => {
    const { stub, sender } = await start({}, LOGIN);

    const result = await sender.send(message(), NEVER);

    expect(brief(result)).toBe('refused auth');
    expect(detailOf(result)).toBe('the server offers no login (AUTH)');
    expect(stub.sessions[0]!.commands.join()).not.toContain('AUTH');
  });

  it('reads its file again after a refusal', async () => {
    let onDisk = 'old password';
    const password = new Secret(onDisk, () => onDisk);
    const script = { auth: '535 5.7.8 no' };
    const { sender } = await start({ extensions: ['AUTH PLAIN'], script }, { ...LOGIN, password });

    onDisk = 'new password';
    await sender.send(message(), NEVER);

    expect(password.reveal()).toBe('new password');
  });
});

describe('TLS', () => {
  it.each(['starttls', 'implicit'] as const)('%s protects the login and the mail', async (tls) => {
    const { stub, sender } = await start({ tls, extensions: ['AUTH PLAIN'] }, LOGIN);

    const result = await sender.send(message(), NEVER);

    expect(brief(result)).toBe('accepted');
    expect(result.timings.tlsMs).toBeGreaterThan(0);
    expect(result.timings.greetingMs).toBeGreaterThanOrEqual(0);
    expect(stub.sessions[0]!.secured).toBe(true);
    const before = tls === 'starttls' ? ['EHLO probe.test', 'STARTTLS'] : [];
    expect(stub.sessions[0]!.commands.slice(0, before.length + 2)).toEqual([
      ...before,
      'EHLO probe.test',
      expect.stringMatching(/^AUTH PLAIN /),
    ]);
  });

  it('is never given up where STARTTLS is wanted and not offered', async () => {
    const { stub, sender } = await start(
      { tls: 'none', extensions: ['AUTH PLAIN'] },
      { ...LOGIN, tls: 'starttls' },
    );

    expect(brief(await sender.send(message(), NEVER))).toBe('refused tls 502');
    expect(stub.sessions[0]!.commands.join()).not.toMatch(/AUTH|MAIL/);
  });

  it.each([
    ['an unknown CA', {}, { caFile: undefined }],
    ['another name', { certificate: createCertificate({ name: 'other.test' }) }, {}],
    ['the past', { certificate: createCertificate({ notAfter: new Date('2021-01-01') }) }, {}],
  ])('does not take a certificate of %s', async (_what, options, changes) => {
    for (const tls of ['starttls', 'implicit'] as const) {
      const ca = join(folder, 'other.pem');
      writeFileSync(ca, ('certificate' in options ? options.certificate : certificate).cert);
      const { stub, sender } = await start({ tls, ...options }, { caFile: ca, ...changes });

      expect(brief(await sender.send(message(), NEVER))).toBe('refused tls');
      expect(stub.sessions[0]!.commands.join()).not.toMatch(/AUTH|MAIL/);
    }
  });

  it('fails where the server speaks no TLS at all, or hangs up on it', async () => {
    const plain = await start({ tls: 'none' }, { tls: 'implicit' });
    const rude = await start({ tls: 'implicit', script: { tls: 'close' } });

    expect(brief(await plain.sender.send(message(), NEVER))).toBe('refused tls');
    expect(brief(await rude.sender.send(message(), NEVER))).toBe('refused tls');
  });

  it('names a CA file that cannot be read', async () => {
    const { sender } = await start({ tls: 'implicit' }, { caFile: join(folder, 'absent.pem') });

    const result = await sender.send(message(), NEVER);

    expect(brief(result)).toBe('refused config');
    expect(detailOf(result)).toContain('absent.pem');
  });
});

describe('a login with an access token', () => {
  let tokens: Server | undefined;
  let asked = 0;
  afterEach(() => {
    tokens?.close();
    asked = 0;
  });

  async function oauth2(): Promise<Partial<SmtpConfig>> {
    const server = createServer((request: IncomingMessage, response) => {
      request.resume();
      asked += 1;
      response.setHeader('connection', 'close');
      response.end(JSON.stringify({ access_token: `token-${asked}`, expires_in: 3_600 }));
    });
    tokens = server;
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    const port = typeof address === 'object' ? address?.port : 0;
    const client = { clientId: 'c', clientSecret: new Secret('s3cret'), scope: undefined };
    const tokenUrl = `http://127.0.0.1:${port ?? 0}/token`;
    return { user: 'canary@x.test', oauth2: { ...client, tokenUrl, refreshToken: undefined } };
  }

  it('goes by XOAUTH2', async () => {
    const { stub, sender } = await start({ extensions: ['AUTH PLAIN XOAUTH2'] }, await oauth2());

    const result = await sender.send(message(), NEVER);

    expect(detailOf(result)).toBe('');
    const initial = 'user=canary@x.test\x01auth=Bearer token-1\x01\x01';
    expect(stub.sessions[0]!.commands[1]).toBe(`AUTH XOAUTH2 ${base64(initial)}`);
  });

  it('is tried once, and with a new token the next time', async () => {
    const initial = base64('user=canary@x.test\x01auth=Bearer token-1\x01\x01');
    const script = { auth: `535 5.7.3 Authentication unsuccessful ${initial} token-1` };
    const { stub, sender } = await start({ extensions: ['AUTH XOAUTH2'], script }, await oauth2());

    const result = await sender.send(message(), NEVER);
    await sender.send(message(), NEVER);
    await stub.idle();

    expect(brief(result)).toBe('refused auth 535');
    expect(detailOf(result)).not.toMatch(/token-1|dXNlcj1j/);
    expect(stub.sessions.map(({ commands }) => commands.length)).toEqual([3, 3]);
    expect(asked).toBe(2);
  });

  it('answers the 334 of a refusal with an empty line', async () => {
    const script = { auth: '334 eyJzdGF0dXMiOiI0MDAifQ==' };
    const { stub, sender } = await start({ extensions: ['AUTH XOAUTH2'], script }, await oauth2());

    await sender.send(message(), NEVER);

    expect(stub.sessions[0]!.commands[2]).toBe('');
  });
});

describe('check', () => {
  it('says who answers, how the line is protected and what is offered', async () => {
    const { stub, sender } = await start(
      { tls: 'starttls', extensions: ['AUTH PLAIN', 'SIZE 1000', 'DSN'] },
      LOGIN,
    );

    const report = await sender.check(NEVER);

    expect(report.summary).toBe(
      `127.0.0.1:${stub.port} answers, TLSv1.3, logged in as canary, mails up to 1000 bytes, bounces on request (DSN)`,
    );
    expect(report.warnings).toEqual([]);
  });

  it('warns of a certificate that expires soon', async () => {
    const soon = createCertificate({ notAfter: new Date(Date.now() + 5.5 * 86_400_000) });
    const ca = join(folder, 'soon.pem');
    writeFileSync(ca, soon.cert);
    const { sender } = await start({ tls: 'implicit', certificate: soon }, { caFile: ca });

    const report = await sender.check(NEVER);

    expect(report.warnings).toEqual(["the server's certificate expires in 5 days"]);
  });

  it('throws what to fix', async () => {
    const script = { auth: '535 5.7.8 wrong password' };
    const { sender } = await start({ extensions: ['AUTH PLAIN'], script }, LOGIN);

    await expect(sender.check(NEVER)).rejects.toMatchObject({
      reason: 'auth',
      retryable: false,
      message: '127.0.0.1: 535 5.7.8 wrong password',
    });
  });
});
