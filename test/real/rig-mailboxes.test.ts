import { readFile } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startMailRig, type MailRig, type RigUser } from '../support/rig/mail-rig.ts';

describe('the mail rig moves mail about', () => {
  let rig: MailRig;
  beforeAll(async () => {
    rig = await startMailRig();
  });
  afterAll(() => rig.stop());

  function countMails(user: RigUser, mailbox: string): Promise<string> {
    const args = ['mailbox', 'status', '-u', user.user, 'messages', mailbox];
    return rig.doveadm(args).then((answer) => /messages=(\d+)/.exec(answer)?.[1] ?? answer);
  }

  const letter = 'From: a@elsewhere.test\nSubject: foreign\n\n.a line with a dot\n';

  test('delivers foreign mail by LMTP and into any folder', async () => {
    const user = await rig.addUser();

    await rig.deliver(user, letter);
    await rig.deliver(user, letter, 'Junk');

    const text = await rig.doveadm(['fetch', '-u', user.user, 'body', 'mailbox', 'INBOX', 'all']);
    expect(text).toContain('\n.a line with a dot');
    expect(await countMails(user, 'Junk')).toBe('1');
  });

  test('moves, expunges, and renames folders', async () => {
    const user = await rig.addUser();
    await rig.deliver(user, letter);

    await rig.doveadm(['move', '-u', user.user, 'Trash', 'mailbox', 'INBOX', 'all']);
    expect(await countMails(user, 'Trash')).toBe('1');
    await rig.doveadm(['mailbox', 'rename', '-u', user.user, 'Trash', 'Old']);
    expect(await countMails(user, 'Old')).toBe('1');
    await rig.doveadm(['expunge', '-u', user.user, 'mailbox', 'Old', 'all']);

    expect(await countMails(user, 'Old')).toBe('0');
  });
});

describe('several mail rigs', () => {
  test('run at once, and leave nothing behind', async () => {
    const [one, two] = await Promise.all([startMailRig(), startMailRig()]);
    const user = await one.addUser('same');
    await two.addUser('same');

    await one.deliver(user, 'Subject: one\n\nHello\n');
    const inTwo = await two.doveadm(['mailbox', 'status', '-u', 'same', 'messages', 'INBOX']);
    await Promise.all([one.stop(), two.stop()]);

    expect(inTwo).toContain('messages=0');
    await expect(readFile(one.caFile)).rejects.toThrow('ENOENT');
    await expect(connects(one.smtpPort)).resolves.toBe(false);
    await expect(connects(two.imapPort)).resolves.toBe(false);
  });

  test('clean up when they cannot start', async () => {
    const start = startMailRig({ dovecot: 'nonsense = yes' });

    await expect(start).rejects.toThrow(/Dovecot does not start/);
  });
});

function connects(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection(port, '127.0.0.1');
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}
