import { silentLogger } from '../../src/base/logger.ts';
import { createSystemClock, createSystemRandom } from '../../src/base/system.ts';
import { createDials } from '../../src/sandbox/dials.ts';
import { createHelpdesk } from '../../src/sandbox/helpdesk/server.ts';
import { readMail, type Mail } from '../../src/sandbox/mail.ts';
import type { HelpscoutCounterpart } from '../observers/helpscout/bench.ts';

export interface SandboxDesk extends HelpscoutCounterpart {
  stop(): Promise<void>;
}

/** A helpdesk of the sandbox on a port of its own, without lag. */
export async function openDesk(): Promise<SandboxDesk> {
  const clock = createSystemClock();
  const random = createSystemRandom();
  const app = { id: 'app', secret: Buffer.from(random.bytes(9)).toString('hex') };
  const dials = createDials({ helpdesk: { lag: 0, limit: 10_000 } });
  const mailbox = { id: 85, email: 'support@sandbox.test' };
  const helpdesk = createHelpdesk({ app, mailbox, dials, clock, random, logger: silentLogger });
  const port = await helpdesk.start(0);
  let sequence = 0;
  return {
    stop: () => helpdesk.stop(),
    port,
    mailboxId: mailbox.id,
    appId: app.id,
    appSecret: app.secret,
    async deliver(message, status) {
      sequence += 1;
      const envelope = {
        from: 'canary@probe.example',
        to: mailbox.email,
        helo: 'probe.example',
        remoteAddress: '127.0.0.1',
        server: 'mx1.sandbox.test',
        queueId: `Q${sequence}`,
      };
      const mail = await readLarge(Buffer.from(message, 'latin1'), envelope.from);
      const accepted = { sequence, mail, envelope, acceptedAt: clock.now() };
      const place = status === 'spam' ? 'spam' : 'inbox';
      const id = Number(helpdesk.inbox.receive(accepted, place, 'delivery').split('/')[0]);
      if (status === 'closed') helpdesk.inbox.setStatus(id, 'closed');
    },
    state: () =>
      JSON.stringify(helpdesk.inbox.indexed().filter(({ state }) => state !== 'deleted')),
    async restart() {
      await helpdesk.stop();
      await helpdesk.start(port);
    },
  };
}

/** Parsing 10 MB would block this process, and with it the observer, for seconds. */
async function readLarge(raw: Buffer, from: string): Promise<Mail> {
  if (raw.length < LARGE) return readMail(raw, from);
  const mail = await readMail(raw.subarray(0, LARGE), from);
  const text = raw.subarray(raw.indexOf('\r\n\r\n') + 4).toString('latin1');
  return { ...mail, raw, text };
}

const LARGE = 10_000;
