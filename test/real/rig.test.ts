import { ImapFlow } from 'imapflow';
import { createTransport, type Transporter } from 'nodemailer';
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startMailRig, type MailRig, type RigUser } from '../support/rig/mail-rig.ts';

/** For what comes as soon as a busy machine allows. */
const PATIENCE = { timeout: 20_000 };

let rig: MailRig;
beforeAll(async () => {
  rig = await startMailRig();
});
afterAll(() => rig.stop());

interface Letter {
  readonly to: string;
  readonly from?: string;
}

/** Sends by the plain port and gives the queue id. */
async function send({ to, from = 'someone@elsewhere.test' }: Letter): Promise<string> {
  const transport = createTransport({ host: '127.0.0.1', port: rig.smtpPort, ignoreTLS: true });
  return sendWith(transport, { to, from });
}

async function sendWith(transport: Transporter, letter: Letter): Promise<string> {
  const { response } = await transport.sendMail({ ...letter, subject: 'A test', text: 'Hello' });
  const queueId = /queued as (\w+)/.exec(response as string)?.[1];
  expect(queueId).toBeDefined();
  return queueId!;
}

function countMails(user: RigUser, mailbox: string): Promise<string> {
  const args = ['mailbox', 'status', '-u', user.user, 'messages', mailbox];
  return rig.doveadm(args).then((answer) => /messages=(\d+)/.exec(answer)?.[1] ?? answer);
}

function fetchHeaders(user: RigUser): Promise<string> {
  return rig.doveadm(['fetch', '-u', user.user, 'hdr', 'mailbox', 'INBOX', 'all']);
}

/** Waits for a change in the INBOX by IDLE, after `act`. */
async function untilArrival(user: RigUser, act: () => Promise<unknown>): Promise<void> {
  const client = connectImap(user);
  await client.connect();
  await client.mailboxOpen('INBOX');
  const arrived = new Promise((resolve) => client.once('exists', resolve));
  void client.idle(); // by itself it would begin only after 15 s
  await act();
  await arrived;
  await client.logout();
}

function connectImap({ user, password }: RigUser, port = rig.imapPort, ca?: string): ImapFlow {
  const secure = ca !== undefined;
  return new ImapFlow({
    host: rig.host,
    port,
    secure,
    auth: { user, pass: password },
    logger: false,
    ...(secure ? { tls: { ca } } : { doSTARTTLS: false }),
  });
}

describe('the mail rig delivers', () => {
  test('mail into the INBOX, and tells when', async () => {
    const user = await rig.addUser();
    const before = Date.now();

    const queueId = await send({ to: user.address });
    const after = Date.now();
    const told = await rig.whenDelivered(queueId);

    expect(await countMails(user, 'INBOX')).toBe('1');
    expect(told.arrivedAt).toBeGreaterThanOrEqual(before - 1);
    expect(told.acceptedAt).toBeGreaterThanOrEqual(told.arrivedAt - 1);
    expect(told.acceptedAt).toBeLessThanOrEqual(after);
    expect(told.deliveredAt).toBeGreaterThan(told.acceptedAt! - 1);
    expect(told.attempts).toMatchObject([{ recipient: user.address, status: 'sent' }]);
  });

  test('to an address with an extension', async () => {
    const user = await rig.addUser();

    await rig.whenDelivered(await send({ to: user.address.replace('@', '+token@') }));

    expect(await countMails(user, 'INBOX')).toBe('1');
  });

  test('by way of an extra hop, with two more Received lines', async () => {
    const user = await rig.addUser();

    await rig.whenDelivered(await send({ to: user.address }));
    const direct = (await fetchHeaders(user)).match(/^Received: from/gm)?.length ?? 0;
    const told = await rig.whenDelivered(await send({ to: rig.hopAddress(user) }));
    const both = (await fetchHeaders(user)).match(/^Received: from/gm)?.length ?? 0;

    expect(told.hops).toHaveLength(1);
    expect(both - direct).toBe(direct + 1);
  });

  test('nothing to the outside: foreign addresses are swallowed', async () => {
    const queueId = await send({ to: 'anybody@example.com' });

    await rig.flush();
    await expect.poll(() => rig.queue(), PATIENCE).toEqual([]);
    expect((await rig.deliveries(queueId)).attempts[0]?.relay).toBe('none');
  });
});

describe('the mail rig takes logins', () => {
  test('by STARTTLS and AUTH, and by TLS from the first byte', async () => {
    const user = await rig.addUser();
    const ca = await readFile(rig.caFile, 'utf8');
    const auth = { user: user.user, pass: user.password };

    for (const options of [
      { port: rig.submissionPort, requireTLS: true },
      { port: rig.smtpsPort, secure: true },
    ]) {
      const transport = createTransport({ host: rig.host, ...options, auth, tls: { ca } });
      const letter = { to: user.address, from: user.address };
      await rig.whenDelivered(await sendWith(transport, letter));
    }

    expect(await countMails(user, 'INBOX')).toBe('2');
  });

  test('but not with a wrong password, and no certificate that is not trusted', async () => {
    const user = await rig.addUser();
    const ca = await readFile(rig.caFile, 'utf8');
    const shared = { host: rig.host, port: rig.smtpsPort, secure: true };
    const letter = { to: user.address, from: user.address };
    const wrong = { user: user.user, pass: 'wrong' };

    const untrusting = createTransport({ ...shared, auth: wrong });
    const mistaken = createTransport({ ...shared, auth: wrong, tls: { ca } });

    await expect(untrusting.sendMail(letter)).rejects.toThrow(/certificate/);
    await expect(mistaken.sendMail(letter)).rejects.toMatchObject({ responseCode: 535 });
  });

  test('by IMAPS, with folders for junk and trash', async () => {
    const user = await rig.addUser();
    const client = connectImap(user, rig.imapsPort, await readFile(rig.caFile, 'utf8'));

    await client.connect();
    const folders = await client.list();
    await client.logout();

    const found = folders.map(({ path, specialUse }) => [path, specialUse]);
    expect(found).toContainEqual(['Junk', '\\Junk']);
    expect(found).toContainEqual(['Trash', '\\Trash']);
  });
});

describe('the mail rig fails on request', () => {
  test('defers what it has accepted, and delivers after the release', async () => {
    const user = await rig.addUser();

    rig.defer();
    const queueIds = [await send({ to: user.address }), await send({ to: rig.hopAddress(user) })];
    await expect
      .poll(async () => (await rig.queue()).map((mail) => mail.queue), PATIENCE)
      .toEqual(['deferred', 'deferred']);
    expect(await countMails(user, 'INBOX')).toBe('0');
    await rig.release();
    const told = await Promise.all(queueIds.map((queueId) => rig.whenDelivered(queueId)));

    expect(told[0]?.attempts.at(0)?.status).toBe('deferred');
    expect(told[0]?.attempts.at(-1)?.status).toBe('sent');
    expect(await countMails(user, 'INBOX')).toBe('2');
  });

  test('holds mail until it is released', async () => {
    const { hold } = rig.addresses;

    const queueId = await send({ to: hold.address });
    await rig.whenHeld(hold.address);
    expect(await rig.queue()).toMatchObject([{ queueId, queue: 'hold' }]);
    await rig.releaseHeld();
    const told = await rig.whenDelivered(queueId);

    expect(await countMails(hold, 'INBOX')).toBe('1');
    expect(told.acceptedAt).toBeLessThan(told.deliveredAt);
  });

  test('refuses at RCPT, for good and for now', async () => {
    const { refused, retry } = rig.addresses;

    await expect(send({ to: refused })).rejects.toMatchObject({ responseCode: 550 });
    await expect(send({ to: retry })).rejects.toMatchObject({ responseCode: 450 });
  });

  test('refuses after the final dot', async () => {
    const user = await rig.addUser();
    rig.policy.setAnswer(user.address, '554 5.7.1 looks like spam', 'END-OF-MESSAGE');

    const attempt = send({ to: user.address });

    await expect(attempt).rejects.toMatchObject({ responseCode: 554, command: 'DATA' });
  });

  test('greylists, and accepts later', async () => {
    const user = await rig.addUser();
    rig.greylist(user.address, 2);

    await expect(send({ to: user.address })).rejects.toMatchObject({ responseCode: 450 });
    await expect(send({ to: user.address })).rejects.toMatchObject({ responseCode: 450 });
    await rig.whenDelivered(await send({ to: user.address }));

    expect(await countMails(user, 'INBOX')).toBe('1');
  });

  test('loses what it has accepted', async () => {
    const user = await rig.addUser();
    rig.policy.setAnswer(user.address, 'DISCARD');

    await createTransport({ host: '127.0.0.1', port: rig.smtpPort, ignoreTLS: true }).sendMail({
      to: user.address,
      from: user.address,
      text: 'to be lost',
    });

    expect(await rig.queue()).toEqual([]);
    expect(await countMails(user, 'INBOX')).toBe('0');
  });

  test('accepts, and sends a bounce to the sender', async () => {
    const sender = await rig.addUser();

    await untilArrival(sender, async () => {
      const queueId = await send({ to: rig.addresses.bounce, from: sender.address });
      await expect
        .poll(async () => (await rig.deliveries(queueId)).attempts, PATIENCE)
        .toMatchObject([{ status: 'bounced' }]);
    });

    expect(await fetchHeaders(sender)).toContain('Undelivered Mail Returned to Sender');
  });

  test('stops and starts Dovecot: mail waits, mailboxes stay', async () => {
    const user = await rig.addUser();
    await rig.deliver(user, 'Subject: before\n\nHello\n');

    await rig.stopDovecot();
    const queueId = await send({ to: user.address });
    await expect
      .poll(async () => (await rig.queue()).map((mail) => mail.queue), PATIENCE)
      .toEqual(['deferred']);
    await rig.startDovecot();
    await rig.flush();
    await rig.whenDelivered(queueId);
    await rig.restartDovecot();

    expect(await countMails(user, 'INBOX')).toBe('2');
  });

  test('stops and starts Postfix', async () => {
    const user = await rig.addUser();

    await rig.stopPostfix();
    await expect(send({ to: user.address })).rejects.toMatchObject({ code: 'ESOCKET' });
    await rig.startPostfix();
    await rig.whenDelivered(await send({ to: user.address }));

    expect(await countMails(user, 'INBOX')).toBe('1');
  });
});
