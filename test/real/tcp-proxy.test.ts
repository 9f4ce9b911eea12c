import { readFile } from 'node:fs/promises';
import { createTransport } from 'nodemailer';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { startMailRig, type MailRig, type RigUser } from '../support/rig/mail-rig.ts';
import { startProxy, type Rule, type TcpProxy } from '../support/tcp-proxy.ts';

let rig: MailRig;
beforeAll(async () => {
  rig = await startMailRig();
});
afterAll(() => rig.stop());

async function startProxyTo(port: number, ...rules: Rule[]): Promise<TcpProxy> {
  const proxy = await startProxy({ target: { port }, rules });
  onTestFinished(() => proxy.stop());
  return proxy;
}

function send(user: RigUser, port: number): Promise<unknown> {
  const transport = createTransport({ host: '127.0.0.1', port, ignoreTLS: true });
  return transport.sendMail({ to: user.address, from: user.address, text: 'Hello' });
}

/** The queue id of the one mail that Postfix was asked about for this address. */
function findQueueId(user: RigUser): string {
  const asked = rig.policy.questions.find((question) => question.recipient === user.address);
  return asked?.queueId ?? '';
}

describe('a proxy before Postfix', () => {
  test('resets after the final dot: the mail is delivered all the same', async () => {
    const user = await rig.addUser();
    const proxy = await startProxyTo(rig.smtpPort, {
      on: 'client-line',
      match: /^\.$/,
      at: 'after',
      do: 'reset',
    });

    await expect(send(user, proxy.port)).rejects.toThrow(/ECONNRESET|closed/);
    const told = await rig.whenDelivered(findQueueId(user));

    expect(told.attempts).toMatchObject([{ status: 'sent' }]);
    expect(proxy.said('server').at(-1)).toMatch(/^354/);
  });

  test('resets before the final dot: nothing is delivered', async () => {
    const user = await rig.addUser();
    const proxy = await startProxyTo(rig.smtpPort, {
      on: 'client-line',
      match: /^\.$/,
      do: 'reset',
    });

    await expect(send(user, proxy.port)).rejects.toThrow(/ECONNRESET|closed/);
    await rig.whenLogged(/lost connection after DATA/);

    expect((await rig.deliveries(findQueueId(user))).acceptedAt).toBeUndefined();
  });

  test('passes STARTTLS', async () => {
    const user = await rig.addUser();
    const proxy = await startProxyTo(rig.submissionPort);
    const ca = await readFile(rig.caFile, 'utf8');

    await createTransport({
      host: rig.host,
      port: proxy.port,
      requireTLS: true,
      auth: { user: user.user, pass: user.password },
      tls: { ca },
    }).sendMail({ to: user.address, from: user.address, text: 'Hello' });
    const told = await rig.whenDelivered(findQueueId(user));

    expect(told.deliveredAt).toBeGreaterThan(0);
    expect(proxy.said('client')).toContain('STARTTLS');
  });
});
