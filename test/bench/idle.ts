import { ImapFlow } from 'imapflow';
import type { MailRig } from '../support/rig/mail-rig.ts';
import { sendPlain } from './plain-send.ts';

/** From the final 250 to an IDLE push, in milliseconds: what a watcher without short looks would see. */
export async function measureIdle(rig: MailRig, count: number): Promise<readonly number[]> {
  const { user, password, address } = await rig.addUser();
  const client = new ImapFlow({
    host: '127.0.0.1',
    port: rig.imapPort,
    secure: false,
    doSTARTTLS: false,
    auth: { user, pass: password },
    logger: false,
    disableAutoIdle: true,
  });
  await client.connect();
  const delays: number[] = [];
  try {
    await client.mailboxOpen('INBOX', { readOnly: true });
    for (let index = 0; index < count; index += 1) {
      const pushed = new Promise<number>((resolve) => {
        client.once('exists', () => resolve(performance.now()));
      });
      const idling = client.idle();
      const acceptedAt = await sendPlain(rig.smtpPort, address);
      delays.push((await pushed) - acceptedAt);
      await client.noop(); // ends the IDLE
      await idling;
    }
  } finally {
    await client.logout();
  }
  return delays;
}
