import { onTestFinished } from 'vitest';
import { createTransport } from 'nodemailer';
import { silentLogger } from '../../src/base/logger.ts';
import type { DialsPatch } from '../../src/sandbox/config.ts';
import { createSandbox, type Addresses, type Sandbox } from '../../src/sandbox/sandbox.ts';
import { createFakeClock, type FakeClock } from '../support/fake-clock.ts';
import { createFakeRandom } from '../support/fake-random.ts';

/** A mail that is ingested the moment it is accepted, lists without lag. */
export const AT_ONCE: DialsPatch = {
  helpdesk: { delay: { type: 'fixed', ms: 0 }, lag: 0 },
  control: { delay: { type: 'fixed', ms: 0 } },
};

export interface Bench extends Addresses {
  readonly sandbox: Sandbox;
  readonly clock: FakeClock;
  /** Sends by SMTP; resolves with the reply to the mail. */
  readonly send: (mail?: Partial<TestMail>) => Promise<string>;
  /** Asks the helpdesk, with a valid token unless headers say otherwise. */
  readonly ask: (path: string, init?: Ask) => Promise<Response>;
  /** A fresh access token. */
  readonly token: () => Promise<string>;
}

/** A request without what fetch takes besides. */
export interface Ask {
  readonly method?: string;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A body in JSON. */
export const json = (body: unknown): Ask => ({
  body: JSON.stringify(body),
  headers: { 'Content-Type': 'application/json' },
});

export interface TestMail {
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly messageId: string;
  readonly inReplyTo: string;
  /** The port of one inbound server. */
  readonly port: number;
}

/** A running sandbox on a clock that stands still, stopped when the test ends. */
export async function openSandbox(
  dials: DialsPatch = AT_ONCE,
  options: { readonly servers?: number; readonly seed?: number } = {},
): Promise<Bench> {
  const clock = createFakeClock(Date.UTC(2026, 10, 24, 2, 0, 0, 400));
  const { servers = 1, seed = 1 } = options;
  const tools = { clock, random: createFakeRandom(seed), logger: silentLogger };
  const sandbox = createSandbox({ servers, dials }, tools);
  const addresses = await sandbox.start();
  onTestFinished(() => sandbox.stop());
  const { url } = addresses.helpdesk;

  const token = async (): Promise<string> => {
    const { appId, appSecret } = sandbox.credentials;
    const body = new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: appId,
      client_secret: appSecret.reveal(),
    });
    const reply = await fetch(`${url}/v2/oauth2/token`, { method: 'POST', body });
    const { access_token } = (await reply.json()) as { access_token: string };
    return access_token;
  };

  let known: string | undefined;
  return {
    ...addresses,
    sandbox,
    clock,
    token,
    async send({ port = addresses.smtp.port, to = sandbox.recipients.support, ...mail } = {}) {
      const transport = createTransport({ host: '127.0.0.1', port, ignoreTLS: true });
      const { response } = await transport.sendMail({
        from: 'Ann <ann@example.org>',
        subject: 'hello',
        text: 'some words',
        ...mail,
        to,
      });
      return response;
    },
    async ask(path, init = {}) {
      known ??= await token();
      const headers = { Authorization: `Bearer ${known}`, ...init.headers };
      return fetch(`${url}${path}`, { redirect: 'manual', ...init, headers });
    },
  };
}

export interface ListedConversation {
  readonly id: number;
  readonly subject: string;
  readonly status: string;
  readonly createdAt: string;
  readonly threads: number;
  readonly _embedded?: { readonly threads: { readonly id: number; readonly createdAt: string }[] };
}

/** The conversations on a page of a list. */
export async function conversations(reply: Response): Promise<readonly ListedConversation[]> {
  const body = (await reply.json()) as { _embedded?: { conversations: ListedConversation[] } };
  return body._embedded?.conversations ?? [];
}
