import { createHmac } from 'node:crypto';
import PostalMime from 'postal-mime';
import { ApiWorld, strangeKey, type ApiWorldOptions, type Filing } from './api-world.ts';
import type { WorldReply, WorldRequest } from './helpscout-records.ts';

interface WorldThread {
  readonly id: number;
  readonly type: 'customer' | 'message' | 'note';
  readonly createdAt: number;
  readonly body: string;
}

interface WorldConversation {
  readonly id: number;
  readonly subject: string;
  readonly createdAt: number;
  threads: WorldThread[];
  status: Filing | 'pending';
  state: 'published' | 'deleted';
  updatedAt: number;
}

export interface FreescoutWorldOptions extends ApiWorldOptions {
  /** Whether a list without status and state holds spam and deleted conversations; documented nowhere. */
  readonly listsAll?: boolean;
}

const MOST_A_PAGE = 100;
const PARAMETERS = [
  ...['mailboxId', 'updatedSince', 'createdSince', 'status', 'state', 'embed'],
  ...['sortField', 'sortOrder', 'page', 'pageSize', 'subject', 'customerEmail'],
];

/** A small, strict FreeScout with its module API & Webhooks: a key in its header, HAL lists, no headers of mails. */
export class FreescoutWorld extends ApiWorld {
  readonly mailboxId = 7;
  readonly userId = 1;
  apiKey = 'a-planted-freescout-key';
  /** APP_USE_MAIL_DATE_ON_FETCHING: threads are dated by the mail's own Date. */
  usesMailDate = false;
  readonly #conversations = new Map<number, WorldConversation>();
  readonly #listsAll: boolean;

  constructor(options: FreescoutWorldOptions) {
    super(options);
    this.#listsAll = options.listsAll ?? false;
  }

  /** The mail is fetched now. Answers the conversation's id. */
  async deliver(raw: string, filing: Filing | 'deleted' = 'active'): Promise<number> {
    const isHuge = raw.length > 1_000_000; // parsing takes seconds then
    const mail = await PostalMime.parse(Buffer.from(isHuge ? raw.slice(0, 10_000) : raw, 'latin1'));
    const body = isHuge ? raw.replace(/^.*?\r?\n\r?\n/s, '') : (mail.html ?? mail.text ?? '');
    const status = filing === 'deleted' ? 'active' : filing;
    const id = this.ingest({ raw, subject: mail.subject ?? '', body, status });
    if (filing === 'deleted') this.change(id, { state: 'deleted' });
    return id;
  }

  ingest(mail: {
    readonly raw: string;
    readonly subject: string;
    readonly body: string;
    readonly status?: Filing;
  }): number {
    const date = Date.parse(/^Date: *(.*)$/im.exec(mail.raw.slice(0, 200_000))?.[1] ?? '');
    const createdAt = this.usesMailDate && !Number.isNaN(date) ? date : this.now;
    const id = this.take();
    const thread = { id: this.take(), type: 'customer', createdAt, body: mail.body } as const;
    this.#conversations.set(id, {
      ...{ id, subject: mail.subject, createdAt, threads: [thread], updatedAt: this.now },
      status: mail.status ?? 'active',
      state: 'published',
    });
    return id;
  }

  /** A customer answers in it. */
  reply(id: number, body: string): void {
    const conversation = this.#find(id);
    const thread = { id: this.take(), type: 'customer', createdAt: this.now, body } as const;
    conversation.threads = [thread, ...conversation.threads]; // newest first, as the web shows them
    conversation.updatedAt = this.now;
  }

  change(
    id: number,
    change: { readonly status?: Filing; readonly state?: 'published' | 'deleted' },
  ): void {
    Object.assign(this.#find(id), change, { updatedAt: this.now });
  }

  statusOf(id: number): string | undefined {
    return this.#conversations.get(id)?.status;
  }

  state(): string {
    return JSON.stringify([...this.#conversations.values()]);
  }

  revokeTokens(): void {
    this.apiKey = 'another-key';
  }

  hookFor(
    id: number,
    secret: string,
    form: { readonly algorithm: string; readonly encoding: 'hex' | 'base64' } = {
      algorithm: 'sha1',
      encoding: 'base64',
    },
  ): { headers: Record<string, string>; body: Uint8Array } {
    const body = Buffer.from(JSON.stringify(this.#render(this.#find(id))));
    const signature = createHmac(form.algorithm, secret).update(body).digest(form.encoding);
    return {
      headers: { 'x-freescout-event': 'convo.created', 'x-freescout-signature': signature },
      body,
    };
  }

  protected route(request: WorldRequest): WorldReply {
    const url = new URL(request.path, 'http://world.test');
    if (request.headers['x-freescout-api-key'] !== this.apiKey) {
      return this.json(401, { message: 'Invalid API key' });
    }
    if (url.pathname === '/api/mailboxes') {
      const mailbox = { id: this.mailboxId, name: 'Support', email: 'support@example.test' };
      return this.json(200, { _embedded: { mailboxes: [mailbox] }, page: { totalElements: 1 } });
    }
    if (url.pathname === '/api/conversations') return this.#list(url.searchParams);
    const id = Number(/^\/api\/conversations\/(\d+)$/.exec(url.pathname)?.[1]);
    const known = this.#conversations.get(id);
    if (known === undefined) return this.json(404, { message: 'Not Found' });
    return this.#one(request, known);
  }

  #list(query: URLSearchParams): WorldReply {
    const since = query.get('updatedSince') ?? '';
    const size = Number(query.get('pageSize') ?? MOST_A_PAGE / 2);
    const madeSince = query.get('createdSince');
    const strange = strangeKey(query, PARAMETERS);
    if (strange !== undefined) return this.json(400, { message: `unknown parameter ${strange}` });
    if (![since, madeSince ?? since].every(isDate) || size < 1 || size > MOST_A_PAGE) {
      return this.json(400, { message: 'Bad request' });
    }
    const [status, state] = [query.get('status'), query.get('state')];
    const found = [...this.#conversations.values()]
      .filter((one) => this.#isListed(one, { status, state }))
      .filter(({ updatedAt }) => Math.floor(updatedAt / 1_000) * 1_000 >= Date.parse(since))
      // After that second, as its name can be read too.
      .filter(
        ({ createdAt }) =>
          madeSince === null || Math.floor(createdAt / 1_000) * 1_000 > Date.parse(madeSince),
      )
      .sort((a, b) => a.createdAt - b.createdAt || a.id - b.id);
    const number = Number(query.get('page') ?? 1);
    const conversations = found
      .slice((number - 1) * size, number * size)
      .map((known) => this.#render(known));
    const totalPages = Math.ceil(found.length / size);
    return this.json(200, {
      _embedded: { conversations },
      page: { size, totalElements: found.length, totalPages, number },
    });
  }

  #isListed(
    known: WorldConversation,
    { status, state }: { readonly status: string | null; readonly state: string | null },
  ): boolean {
    if (status !== null) return known.status === status && known.state === 'published';
    if (state !== null) return known.state === state;
    return this.#listsAll || (known.status !== 'spam' && known.state === 'published');
  }

  #one(request: WorldRequest, known: WorldConversation): WorldReply {
    if (request.method === 'GET') return this.json(200, this.#render(known));
    if (request.method === 'DELETE') {
      this.#conversations.delete(known.id);
      return this.json(204, undefined);
    }
    const isJson = (request.headers['content-type'] ?? '').startsWith('application/json');
    const isClose = request.body === `{"byUser":${this.userId},"status":"closed"}`;
    if (request.method !== 'PUT' || !isJson || !isClose) {
      return this.json(400, { message: 'Bad request', errorCode: 'BAD REQUEST' });
    }
    this.change(known.id, { status: 'closed' });
    return this.json(204, undefined);
  }

  #render({ id, subject, status, state, createdAt, threads }: WorldConversation): object {
    return {
      ...{ id, number: id % 1_000, type: 'email', subject, status, state },
      ...{ threadsCount: threads.length, mailboxId: this.mailboxId, preview: '' },
      createdAt: isoSeconds(createdAt),
      _embedded: {
        threads: threads.map((thread) => ({
          ...{ id: thread.id, type: thread.type, state: 'published', body: thread.body },
          createdAt: isoSeconds(thread.createdAt),
        })),
      },
    };
  }

  #find(id: number): WorldConversation {
    const known = this.#conversations.get(id);
    if (known === undefined) throw new Error(`no conversation ${id}`);
    return known;
  }
}

function isDate(text: string): boolean {
  return /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(text);
}

/** Whole seconds, cut off. */
function isoSeconds(at: number): string {
  return new Date(at).toISOString().replace(/\.\d{3}Z$/, 'Z');
}
