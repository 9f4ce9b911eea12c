import { silentLogger } from '../../src/base/logger.ts';
import { createDials } from '../../src/sandbox/dials.ts';
import { createApi } from '../../src/sandbox/helpdesk/api.ts';
import { createInbox } from '../../src/sandbox/helpdesk/inbox.ts';
import { createTokens } from '../../src/sandbox/helpdesk/tokens.ts';
import { createWebhooks } from '../../src/sandbox/helpdesk/webhooks.ts';
import { createFakeRandom } from './fake-random.ts';
import type { DayWorld } from './helpscout-days.ts';
import type { WorldOptions } from './helpscout-world.ts';

const MAILBOX = { id: 85, email: 'support@example.test' };

export interface SandboxWorld extends DayWorld {
  /** The index is so old from now on, in milliseconds. */
  setLag(ms: number): void;
}

/** The helpdesk of the sandbox without its socket, so that it lives on the clock of a test. */
export function createSandboxWorld(options: WorldOptions): SandboxWorld {
  const { clock, indexLagMs = 0, limitPerMinute: limit = 10_000 } = options;
  const random = createFakeRandom(7);
  const dials = createDials({ helpdesk: { lag: indexLagMs, limit } });
  const app = { id: 'app-of-the-tests', secret: 'a-planted-app-secret' };
  const inbox = createInbox(dials, clock);
  const tokens = createTokens(app, { dials, clock, random });
  const webhooks = createWebhooks({ dials, clock, random, logger: silentLogger });
  const desk = { inbox, webhooks, dials, mailbox: MAILBOX };
  const api = createApi({ desk, tokens, clock, random, logger: silentLogger });
  const log: string[] = [];
  let sequence = 0;
  const date = (): string => new Date(inbox.now()).toUTCString();
  const world: SandboxWorld = {
    setLag: (lag) => dials.set({ helpdesk: { lag } }),
    mailboxId: MAILBOX.id,
    appId: app.id,
    get appSecret() {
      return app.secret;
    },
    set appSecret(secret) {
      app.secret = secret;
    },
    get offsetMs() {
      return dials.read().helpdesk.offset;
    },
    set offsetMs(offset) {
      dials.set({ helpdesk: { offset } });
    },
    log,
    override: undefined,
    revokeTokens: () => tokens.revokeAll(),
    change: (id, { status }) => inbox.setStatus(id, status),
    ingest({ raw, subject, body, status = 'active' }) {
      sequence += 1;
      const from = 'canary@probe.example';
      const messageId = /^Message-ID: (\S+)$/im.exec(raw)?.[1] ?? null;
      const place = status === 'spam' ? 'spam' : 'inbox';
      const id = inbox.receive(
        {
          sequence,
          mail: {
            raw: Buffer.from(raw),
            from,
            fromName: '',
            subject,
            messageId,
            answers: [],
            text: body,
          },
          envelope: {
            from,
            to: MAILBOX.email,
            helo: 'probe.example',
            remoteAddress: '127.0.0.1',
            server: 'mx1.sandbox.test',
            queueId: `Q${sequence}`,
          },
          acceptedAt: clock.now(),
        },
        place,
        'delivery',
      );
      const conversation = Number(id.split('/')[0]);
      if (status === 'closed') inbox.setStatus(conversation, 'closed');
      return conversation;
    },
    handle(request) {
      const { method, path, headers, body } = request;
      log.push(`${method} ${path.replace(/\?.*/s, '')}`);
      const own = world.override?.(request);
      if (own !== undefined) return { ...own, headers: { date: date(), ...own.headers } };
      const url = new URL(path, 'http://127.0.0.1:1');
      const reply = api.answer(method, { url, headers: { ...headers }, body: Buffer.from(body) });
      const said = Object.entries(reply.headers ?? {}).map(([name, value]) => [
        name.toLowerCase(),
        value,
      ]);
      const text = Buffer.isBuffer(reply.body) ? reply.body.toString() : JSON.stringify(reply.body);
      return {
        status: reply.status,
        headers: { date: date(), ...(Object.fromEntries(said) as Record<string, string>) },
        body: reply.body === undefined ? '' : text,
      };
    },
  };
  return world;
}
