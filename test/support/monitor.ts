import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createApp, type App, type AppTools } from '../../src/app.ts';
import { silentLogger } from '../../src/base/logger.ts';
import { createSystemClock, createSystemRandom } from '../../src/base/system.ts';
import { parseObserver, parseSender } from '../../src/config/adapters.ts';
import type { Order } from '../../src/engine/order.ts';
import { oneOffPolicy } from '../../src/engine/probe-once.ts';
import type { MailRig, RigUser } from './rig/mail-rig.ts';
import { TEST_KEYS, TEST_ROUTE } from './test-launch.ts';

export interface Monitor {
  readonly app: App;
  readonly order: Order;
  stop(): Promise<void>;
}

export interface MonitorOptions extends Partial<AppTools> {
  readonly rig: MailRig;
  readonly user: RigUser;
  readonly smtpPort?: number;
  readonly imapPort?: number;
}

/** The whole program in this process, against the real servers. */
export async function startMonitor(options: MonitorOptions): Promise<Monitor> {
  const { rig, user, smtpPort = rig.smtpPort, imapPort = rig.imapPort } = options;
  const folder = await mkdtemp(join(tmpdir(), 'mailcanary-test-'));
  const sender = parseSender(
    { type: 'smtp', url: `smtp://127.0.0.1:${smtpPort}`, from: 'a@example.org' },
    'sender',
  );
  const observer = parseObserver(
    { type: 'imap', url: `imap://${user.user}:${user.password}@127.0.0.1:${imapPort}` },
    'observer',
  );
  const app = await createApp(
    {
      ledger: { url: `sqlite:${join(folder, 'test.db')}` },
      tokenKeys: TEST_KEYS,
      senders: { relay: sender },
      observers: { helpdesk: observer },
    },
    {
      clock: createSystemClock(),
      random: createSystemRandom(),
      logger: silentLogger,
      ...options,
    },
  );
  return {
    app,
    order: {
      route: TEST_ROUTE,
      from: 'a@example.org',
      to: user.address,
      profile: 'automatic',
      policy: oneOffPolicy(30_000, 60_000),
      launchWindowMs: 30_000,
    },
    async stop() {
      await app.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
