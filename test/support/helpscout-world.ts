import { createHmac } from 'node:crypto';
import PostalMime from 'postal-mime';
import type { Clock } from '../../src/base/clock.ts';
import {
  LIST_PARAMETERS,
  MAILBOX_ID,
  madeFromOf,
  renderConversation,
  renderThread,
  type WorldConversation,
  type WorldReply,
  type WorldRequest,
} from './helpscout-records.ts';

export interface WorldOptions {
  readonly clock: Clock;
  readonly indexLagMs?: number;
  readonly pageSize?: number;
  readonly limitPerMinute?: number;
}

/**
 * A small, strict Help Scout: client credentials, conversations behind a lagging
 * index, original sources, a rate limit a minute, close and delete. As a function
 * of requests, so that it can stand behind a socket or a simulated line.
 */
export class HelpscoutWorld {
  readonly mailboxId = MAILBOX_ID;
  readonly appId = 'app-of-the-tests';
  appSecret = 'a-planted-app-secret';
  /** Its clocks minus ours: of `Date`, and of what it stores. */
  offsetMs = 0;
  databaseOffsetMs = 0;
  tokenLifetimeSeconds = 172_800;
  hasSources = true;
  /** Requests by path without query, in order. */
  readonly log: string[] = [];
  /** Answers in place of the world, while it returns something. */
  override: ((request: WorldRequest) => WorldReply | undefined) | undefined;
  readonly #options: WorldOptions;
  readonly #tokens = new Map<string, number>();
  readonly #conversations = new Map<number, WorldConversation>();
  #nextId = 100_000;
  #minute = 0;
  #used = 0;

  constructor(options: WorldOptions) {
    this.#options = options;
  }

  get #now(): number {
    return this.#options.clock.now();
  }

  /** The mail is ingested now. Answers the conversation's id. */
  async deliver(raw: string, status: WorldConversation['status'] = 'active'): Promise<number> {
    const isHuge = raw.length > 1_000_000; // parsing takes seconds then
    const mail = await PostalMime.parse(Buffer.from(isHuge ? raw.slice(0, 10_000) : raw, 'latin1'));
    const subject = mail.subject ?? '';
    const body = isHuge ? raw.replace(/^.*?\r?\n\r?\n/s, '') : (mail.html ?? mail.text ?? '');
    return this.ingest({ raw, subject, body, status });
  }

  ingest(mail: {
    readonly raw: string;
    readonly subject: string;
    readonly body: string;
    readonly status?: WorldConversation['status'];
  }): number {
    const createdAt = this.#now + this.offsetMs + this.databaseOffsetMs;
    const thread = {
      id: this.#take(),
      type: 'customer',
      createdAt,
      body: mail.body,
      raw: mail.raw,
    };
    const id = this.#take();
    this.#conversations.set(id, {
      id,
      subject: mail.subject,
      createdAt,
      threads: [thread],
      status: mail.status ?? 'active',
      state: 'published',
      modifiedAt: createdAt,
      indexedAt: this.#now + (this.#options.indexLagMs ?? 0),
    });
    return id;
  }

  /** A person or a workflow changes it. */
  change(id: number, change: Partial<Pick<WorldConversation, 'status' | 'state'>>): void {
    const conversation = this.#conversations.get(id);
    if (conversation === undefined) throw new Error(`no conversation ${id}`);
    Object.assign(conversation, change);
    conversation.modifiedAt = this.#now + this.offsetMs + this.databaseOffsetMs;
    conversation.indexedAt = this.#now + (this.#options.indexLagMs ?? 0);
  }

  /** All threads of `from` go into `into`; the old id redirects. */
  merge(from: number, into: number): void {
    const [source, target] = [this.#conversations.get(from), this.#conversations.get(into)];
    if (source === undefined || target === undefined) throw new Error('nothing to merge');
    target.threads.push(...source.threads.splice(0));
    source.mergedInto = into;
    this.change(into, {});
  }

  /** As observers name the first copy in it. */
  externalIdOf(id: number): string {
    return `${id}:${this.#conversations.get(id)?.threads[0]?.id}`;
  }

  statusOf(id: number): string | undefined {
    const known = this.#conversations.get(id);
    return known?.state === 'deleted' ? 'deleted' : known?.status;
  }

  /** What the API shows: deleted conversations are gone. */
  state(): string {
    const shown = [...this.#conversations.values()].filter(({ state }) => state !== 'deleted');
    return JSON.stringify(shown);
  }

  revokeTokens(): void {
    this.#tokens.clear();
  }

  /** A webhook of payload version V2, signed with `secret`. */
  hookFor(id: number, secret: string): { headers: Record<string, string>; body: Uint8Array } {
    const conversation = this.#conversations.get(id);
    if (conversation === undefined) throw new Error(`no conversation ${id}`);
    const body = Buffer.from(JSON.stringify(renderConversation(conversation, true)));
    const signature = createHmac('sha1', secret).update(body).digest('base64');
    return {
      headers: { 'x-helpscout-event': 'convo.created', 'x-helpscout-signature': signature },
      body,
    };
  }

  handle(request: WorldRequest): WorldReply {
    this.log.push(`${request.method} ${request.path.replace(/\?.*/s, '')}`);
    const own = this.override?.(request);
    if (own !== undefined) return { ...own, headers: { date: this.#date(), ...own.headers } };
    return this.#route(request);
  }

  #route(request: WorldRequest): WorldReply {
    const url = new URL(request.path, 'http://world.test');
    if (url.pathname === '/v2/oauth2/token') return this.#grant(request);
    const limited = this.#limit(request.method === 'GET' ? 1 : 2);
    if (limited !== undefined) return limited;
    const token = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1] ?? '';
    if ((this.#tokens.get(token) ?? 0) <= this.#now)
      return this.#reply(401, { message: 'Invalid token' });
    if (url.pathname === `/v2/mailboxes/${this.mailboxId}`) {
      return this.#reply(200, {
        id: this.mailboxId,
        name: 'Support',
        email: 'support@example.test',
      });
    }
    if (url.pathname === '/v2/conversations') return this.#list(url.searchParams);
    const [, id = '', rest = ''] = /^\/v2\/conversations\/(\d+)(\/.*)?$/.exec(url.pathname) ?? [];
    const conversation = this.#conversations.get(Number(id));
    if (conversation === undefined || conversation.state === 'deleted') {
      return this.#reply(404, { message: 'Not Found' });
    }
    if (conversation.mergedInto !== undefined) {
      const location = `/v2/conversations/${conversation.mergedInto}`;
      return this.#reply(301, '', { location });
    }
    return this.#conversation(request, conversation, rest);
  }

  #grant(request: WorldRequest): WorldReply {
    const form = new URLSearchParams(request.body);
    const isRight =
      form.get('grant_type') === 'client_credentials' &&
      form.get('client_id') === this.appId &&
      form.get('client_secret') === this.appSecret;
    if (!isRight) {
      const error_description = `Bad client credentials ${form.get('client_secret')}`;
      return this.#reply(401, { error: 'invalid_client', error_description });
    }
    const access_token = `planted-token-${this.#take()}`;
    this.#tokens.set(access_token, this.#now + this.tokenLifetimeSeconds * 1_000);
    return this.#reply(200, {
      token_type: 'bearer',
      access_token,
      expires_in: this.tokenLifetimeSeconds,
    });
  }

  #limit(cost: number): WorldReply | undefined {
    const minute = Math.floor(this.#now / 60_000);
    if (minute !== this.#minute) [this.#minute, this.#used] = [minute, 0];
    this.#used += cost;
    if (this.#used <= (this.#options.limitPerMinute ?? 10_000)) return undefined;
    const rest = Math.ceil(((minute + 1) * 60_000 - this.#now) / 1_000);
    return this.#reply(
      429,
      { message: 'Too many requests' },
      { 'x-ratelimit-retry-after': String(rest) },
    );
  }

  #list(query: URLSearchParams): WorldReply {
    const strange = [...query.keys()].find((key) => !LIST_PARAMETERS.includes(key));
    const since = query.get('modifiedSince') ?? '';
    const status = query.get('status') ?? 'active';
    if (strange !== undefined) return this.#reply(400, { message: `unknown parameter ${strange}` });
    if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(since))
      return this.#reply(400, { message: 'modifiedSince' });
    const madeFrom = madeFromOf(query.get('query'));
    if (madeFrom === undefined) return this.#reply(400, { message: 'invalid query' });
    if (query.get('mailbox') !== String(this.mailboxId))
      return this.#reply(400, { message: 'mailbox' });
    const found = [...this.#conversations.values()]
      .filter(({ mergedInto, state }) => mergedInto === undefined && state === 'published')
      .filter((conversation) => {
        if (status === 'spam') return conversation.status === 'spam';
        return (
          conversation.status !== 'spam' && (status === 'all' || conversation.status === status)
        );
      })
      .filter(({ modifiedAt }) => Math.floor(modifiedAt / 1_000) * 1_000 >= Date.parse(since))
      .filter(({ createdAt }) => createdAt >= madeFrom)
      .filter(({ indexedAt }) => indexedAt <= this.#now)
      .sort((a, b) => a.createdAt - b.createdAt);
    const size = this.#options.pageSize ?? 25;
    const number = Number(query.get('page') ?? 1);
    const shown = found.slice((number - 1) * size, number * size);
    const conversations = shown.map((known) =>
      renderConversation(known, query.get('embed') === 'threads'),
    );
    return this.#reply(200, {
      ...(shown.length === 0 ? {} : { _embedded: { conversations } }),
      page: {
        size,
        totalElements: found.length,
        totalPages: Math.ceil(found.length / size),
        number,
      },
      _links: { self: { href: 'http://world.test/v2/conversations' } },
    });
  }

  #conversation(request: WorldRequest, known: WorldConversation, rest: string): WorldReply {
    if (request.method === 'DELETE') {
      this.change(known.id, { state: 'deleted' });
      return this.#reply(204, '');
    }
    if (request.method === 'PATCH') {
      const isClose = request.body === '{"op":"replace","path":"/status","value":"closed"}';
      if (!isClose) return this.#reply(400, { message: 'only status can be patched' });
      this.change(known.id, { status: 'closed' });
      return this.#reply(204, '');
    }
    if (rest === '') return this.#reply(200, renderConversation(known, true));
    if (rest.startsWith('/threads?') || rest === '/threads') {
      const threads = known.threads.map((thread) => renderThread(thread));
      return this.#reply(200, { _embedded: { threads } });
    }
    const threadId = /^\/threads\/(\d+)\/original-source$/.exec(rest)?.[1];
    const thread = known.threads.find(({ id }) => String(id) === threadId);
    if (thread === undefined || !this.hasSources) return this.#reply(404, { message: 'Not Found' });
    return this.#reply(200, { original: thread.raw });
  }

  #reply(status: number, body: object | string, headers: Record<string, string> = {}): WorldReply {
    const limit = this.#options.limitPerMinute ?? 10_000;
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    return {
      status,
      headers: {
        date: this.#date(),
        'content-type': 'application/json',
        'x-ratelimit-limit-minute': String(limit),
        'x-ratelimit-remaining-minute': String(Math.max(0, limit - this.#used)),
        ...headers,
      },
      body: text,
    };
  }

  #date(): string {
    return new Date(this.#now + this.offsetMs).toUTCString();
  }

  #take(): number {
    this.#nextId += 1;
    return this.#nextId;
  }
}
