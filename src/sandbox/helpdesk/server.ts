import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import type { Clock } from '../../base/clock.ts';
import { messageOf } from '../../base/errors.ts';
import type { Logger } from '../../base/logger.ts';
import type { Random } from '../../base/random.ts';
import { forkRandom } from '../chance.ts';
import type { Dials } from '../dials.ts';
import { close, HOST, listen } from '../ports.ts';
import { createApi, kindOf, type Api } from './api.ts';
import { conversationView } from './conversation.ts';
import { createFaults, spoil } from './faults.ts';
import { createInbox, type Inbox } from './inbox.ts';
import { NewWebhook } from './requests.ts';
import type { ApiReply } from './routes.ts';
import { createTokens, type App, type Tokens } from './tokens.ts';
import { createWebhooks, type HookCall, type Webhooks } from './webhooks.ts';

export interface HelpdeskOptions {
  readonly app: App;
  readonly mailbox: { readonly id: number; readonly email: string };
  readonly dials: Dials;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

/** A helpdesk that speaks the Inbox API 2.0 of Help Scout, over plain HTTP on loopback. */
export interface Helpdesk {
  readonly inbox: Inbox;
  readonly tokens: Pick<Tokens, 'revokeAll'>;
  readonly requests: Api['requests'];
  /** Sets a webhook up that calls `url` for each new mail. */
  callHook(url: string, secret: string): void;
  start(port: number): Promise<number>;
  hookCalls(): readonly HookCall[];
  /** Ends every connection and drops webhook calls that wait. Idempotent. */
  stop(): Promise<void>;
}

export function createHelpdesk(options: HelpdeskOptions): Helpdesk {
  const { dials, clock, random, mailbox, logger } = options;
  const inbox = createInbox(dials, clock);
  const tokens = createTokens(options.app, { dials, clock, random: forkRandom(random) });
  const webhooks = createWebhooks({ dials, clock, logger, random: forkRandom(random) });
  const faults = createFaults(dials, forkRandom(random));
  const desk = { inbox, webhooks, dials, mailbox };
  const api = createApi({ desk, tokens, clock, logger, random: forkRandom(random) });
  const address = { base: '' };
  callOnChange(inbox, webhooks, () => ({ base: address.base, mailboxId: mailbox.id }));

  async function serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', headers } = incoming;
    const url = new URL(`${address.base}${incoming.url ?? '/'}`);
    const body = await buffer(incoming);
    response.sendDate = false;
    response.setHeader('Date', new Date(inbox.now()).toUTCString());
    const fault = faults.next(kindOf(method, url.pathname));
    // a spoilt request changes nothing and costs nothing
    if (fault === undefined) send(response, api.answer(method, { url, headers, body }));
    else spoil(fault, response);
  }

  const server = createServer((incoming, response) => {
    serve(incoming, response).catch((error: unknown) => {
      logger.debug({ error: messageOf(error) }, 'sandbox: a request broke off');
      response.destroy();
    });
  });

  return {
    inbox,
    tokens,
    requests: () => api.requests(),
    hookCalls: () => webhooks.calls(),
    callHook(url, secret) {
      const events = ['convo.created', 'convo.customer.reply.created'];
      webhooks.add(NewWebhook.parse({ url, secret, events }));
    },
    async start(port) {
      const taken = await listen(server, port);
      address.base = `http://${HOST}:${taken}`;
      return taken;
    },
    async stop() {
      const closed = close(server);
      server.closeAllConnections();
      await Promise.all([closed, webhooks.stop()]);
    },
  };
}

/** Changes call webhooks: with the conversation, or only where it is. */
function callOnChange(
  inbox: Inbox,
  webhooks: Webhooks,
  where: () => { readonly base: string; readonly mailboxId: number },
): void {
  inbox.onChange((conversation, change) => {
    const { base, mailboxId } = where();
    webhooks.fire(change, mailboxId, ({ notification }) => {
      const self = { href: `${base}/v2/conversations/${conversation.id}` };
      if (notification) return { _links: { self } };
      return conversationView({ conversation, base, mailboxId });
    });
  });
}

function send(response: ServerResponse, reply: ApiReply): void {
  const { status, headers = {}, body } = reply;
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  response.statusCode = status;
  if (body === undefined) {
    response.end();
    return;
  }
  const bytes = Buffer.isBuffer(body) ? body : Buffer.from(JSON.stringify(body));
  if (!response.hasHeader('Content-Type')) {
    response.setHeader('Content-Type', 'application/hal+json');
  }
  response.end(bytes);
}
