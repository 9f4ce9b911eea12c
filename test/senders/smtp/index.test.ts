import { afterEach, describe, expect, it } from 'vitest';
import { createSmtpStub, type SmtpStub, type StubOptions } from '../../support/smtp-stub.ts';
import { LOGIN, message, NEVER, senderFor } from './setup.ts';
import type { Sender } from '../../../src/senders/sender.ts';
import type { SmtpConfig } from '../../../src/senders/smtp/config.ts';

const opened: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of opened.splice(0)) await one.close();
});

async function start(
  options: StubOptions = {},
  changes: Partial<SmtpConfig> = {},
): Promise<{ stub: SmtpStub; sender: Sender }> {
  const stub = await createSmtpStub(options);
  const sender = senderFor(stub.port, changes);
  opened.push(sender, stub);
  return { stub, sender };
}

describe('an accepted canary', () => {
  it('is taken between the final dot and the final reply', async () => {
    const { sender } = await start();

    const result = await sender.send(message(), NEVER);

    expect(result.type).toBe('accepted');
    if (result.type !== 'accepted') return;
    expect(result.acceptance.queueId).toBe('4Xy1STUB');
    expect(result.acceptance.serverMessageId).toBeNull();
    expect(result.acceptance.at.high).toBeGreaterThanOrEqual(result.acceptance.at.low);
    expect(result.acceptance.at.high - result.acceptance.at.low).toBeLessThan(500);
  });

  it('goes out with the configured envelope and nothing that was not offered', async () => {
    const { stub, sender } = await start();

    await sender.send(message(), NEVER);

    expect(stub.sessions[0]!.commands.slice(0, 4)).toEqual([
      'EHLO probe.test',
      'MAIL FROM:<canary@probe.test>',
      'RCPT TO:<support@desk.test>',
      'DATA',
    ]);
  });

  it('asks for bounces where the server offers DSN', async () => {
    const { stub, sender } = await start({ extensions: ['DSN'] });

    await sender.send(message(), NEVER);

    expect(stub.sessions[0]!.commands[1]).toBe(
      'MAIL FROM:<canary@probe.test> RET=HDRS ENVID=support1abc',
    );
    expect(stub.sessions[0]!.commands[2]).toBe('RCPT TO:<support@desk.test> NOTIFY=FAILURE');
  });

  it('carries token, Message-ID, date and profile headers on lines of their own', async () => {
    const { stub, sender } = await start();
    const mail = message();

    await sender.send(mail, NEVER);

    const raw = stub.sessions[0]!.mail!;
    const [head = '', ...rest] = raw.split('\r\n\r\n');
    const lines = head.split('\r\n');
    expect(lines).toContain(`Subject: ${mail.subject}`);
    expect(lines).toContain(`Message-ID: ${mail.messageId}`);
    expect(lines).toContain(`X-Mailcanary-Token: ${mail.subject.split(' ')[1] ?? ''}`);
    expect(lines).toContain('Date: Mon, 05 Jan 2026 09:00:00 +0000');
    expect(lines).toContain('Auto-Submitted: auto-generated');
    expect(lines).toContain('X-Auto-Response-Suppress: All');
    expect(lines).toContain('Content-Transfer-Encoding: 7bit');
    expect(rest.join('\r\n\r\n')).toBe(mail.text.replaceAll('\n', '\r\n'));
  });

  it('has its dots stuffed', async () => {
    const { stub, sender } = await start();

    const result = await sender.send(message({ text: '.\n..\nend' }), NEVER);

    expect(result.type).toBe('accepted');
    expect(stub.sessions[0]!.mail).toMatch(/\r\n\r\n\.\.\r\n\.\.\.\r\nend\r\n$/);
  });

  it('comes with the time each phase took', async () => {
    const { sender } = await start({ extensions: ['AUTH PLAIN'] }, LOGIN);

    const { timings } = await sender.send(message(), NEVER);

    expect(Object.keys(timings).sort()).toEqual([
      'authMs',
      'connectMs',
      'dataMs',
      'envelopeMs',
      'greetingMs',
    ]);
    for (const ms of Object.values(timings)) expect(ms).toBeGreaterThanOrEqual(0);
  });

  it('names the Message-ID that the server put in place of ours', async () => {
    const foreign = '<AB12@EUR01.prod.outlook.com>';
    const { sender } = await start({
      script: { final: `250 2.0.0 OK ${foreign} [Hostname=X.prod.outlook.com]` },
    });

    const result = await sender.send(message(), NEVER);

    expect(result).toMatchObject({ acceptance: { serverMessageId: foreign } });
  });

  it('is also taken by a server that speaks one byte at a time, and by one that pipelines', async () => {
    for (const options of [
      { script: { greeting: { slowly: '220-hello\r\n220 there' }, data: { slowly: '354 go' } } },
      { extensions: ['PIPELINING', 'SIZE 10240000', 'DSN', '8BITMIME'] },
    ]) {
      const { stub, sender } = await start(options);

      const result = await sender.send(message(), NEVER);

      expect(result.type).toBe('accepted');
      expect(stub.sessions).toHaveLength(1);
    }
  });
});

describe('closing', () => {
  it('says QUIT after a mail and leaves no connection', async () => {
    const { stub, sender } = await start();

    await sender.send(message(), NEVER);
    await stub.idle();

    expect(stub.sessions[0]!.commands.at(-1)).toBe('QUIT');
  });

  it('does not wait for a server that ignores QUIT', async () => {
    const { stub, sender } = await start({ script: { quit: 'stall' } });

    const result = await sender.send(message(), NEVER);
    await stub.reached('quit');
    await sender.close();
    await stub.idle();

    expect(result.type).toBe('accepted');
  });

  it('ends a dialogue that is under way', async () => {
    const { stub, sender } = await start({ script: { rcpt: 'stall' } });

    const sending = sender.send(message(), NEVER);
    await stub.reached('rcpt');
    await sender.close();

    expect(await sending).toMatchObject({ type: 'refused', refusal: { reason: 'aborted' } });
    await stub.idle();
  });
});
