import { createHmac } from 'node:crypto';
import PostalMime from 'postal-mime';
import { ApiWorld, strangeKey, type ApiWorldOptions, type Filing } from './api-world.ts';
import type { WorldReply, WorldRequest } from './helpscout-records.ts';

interface WorldArticle {
  readonly id: number;
  readonly type: 'email' | 'note' | 'phone';
  readonly sender: 'Customer' | 'Agent';
  readonly subject: string;
  readonly body: string;
  readonly messageId: string;
  readonly inReplyTo: string;
  readonly references: string;
  /** Null where none was kept. */
  readonly raw: string | null;
  readonly createdAt: number;
}

interface WorldTicket {
  readonly id: number;
  readonly title: string;
  readonly createdAt: number;
  state: string;
  group: string;
  articles: WorldArticle[];
  /** When its transaction ends, on our clock: a number is taken before that. */
  readonly visibleAt: number;
}

export interface ZammadWorldOptions extends ApiWorldOptions {
  /** Newer versions list the articles of a ticket. */
  readonly listsArticles?: boolean;
}

const UNPROCESSABLE = 422;

/**
 * A small, strict Zammad, as its documentation and controllers say: tokens and their rights, lists of at
 * most 100 by number, articles, their sources, closing, deleting for admins only, signed webhooks.
 */
export class ZammadWorld extends ApiWorld {
  token = 'a-planted-zammad-token';
  roles: readonly string[] = ['Agent', 'Admin'];
  /** Whether the sources of mails are kept. */
  keepsRaw = true;
  readonly #tickets = new Map<number, WorldTicket>();
  readonly #listsArticles: boolean;

  constructor(options: ZammadWorldOptions) {
    super(options);
    this.#listsArticles = options.listsArticles ?? true;
  }

  /** The mail is ingested now. Answers the ticket's id. */
  async deliver(raw: string, filing: Filing | 'merged' = 'active'): Promise<number> {
    const isHuge = raw.length > 1_000_000; // parsing takes seconds then
    const mail = await PostalMime.parse(Buffer.from(isHuge ? raw.slice(0, 10_000) : raw, 'latin1'));
    const body = mail.html ?? mail.text ?? '';
    const id = this.ingest({ raw, subject: mail.subject ?? '', body, status: filing });
    if (filing === 'merged') this.change(id, { state: 'merged' });
    return id;
  }

  ingest(mail: {
    readonly raw: string;
    readonly subject: string;
    readonly body: string;
    readonly status?: Filing | 'merged';
    /** Milliseconds from its number to its visibility. */
    readonly commitsInMs?: number;
  }): number {
    const { raw, subject, body, status = 'active' } = mail;
    const header = (name: string): string =>
      new RegExp(`^${name}: *(.*)$`, 'im').exec(raw.slice(0, 200_000))?.[1]?.trim() ?? '';
    const id = this.take();
    const createdAt = this.now;
    const article: WorldArticle = {
      ...{ id: this.take(), type: 'email', sender: 'Customer', subject, body, createdAt },
      messageId: header('message-id') || `<${id}@generated.test>`,
      ...{ inReplyTo: header('in-reply-to'), references: header('references') },
      raw: this.keepsRaw ? raw : null,
    };
    this.#tickets.set(id, {
      ...{ id, title: subject, createdAt, articles: [article] },
      state: status === 'closed' ? 'closed' : 'new',
      group: status === 'spam' ? 'Junk' : 'Users',
      visibleAt: this.options.clock.now() + (mail.commitsInMs ?? 0),
    });
    return id;
  }

  /** An agent writes down a call. */
  phone(title: string): number {
    const id = this.ingest({ raw: '', subject: title, body: title });
    const ticket = this.#find(id);
    ticket.articles = ticket.articles.map((one) => ({
      ...one,
      ...{ type: 'phone', sender: 'Agent', raw: null },
    }));
    return id;
  }

  change(id: number, change: { readonly status?: Filing; readonly state?: string }): void {
    const ticket = this.#find(id);
    if (change.state !== undefined) ticket.state = change.state;
    if (change.status === undefined) return;
    ticket.state = change.status === 'closed' ? 'closed' : 'open';
    ticket.group = change.status === 'spam' ? 'Junk' : 'Users';
  }

  /** All articles of `from` go into `into`; it stays, empty and merged. */
  merge(from: number, into: number): void {
    const source = this.#find(from);
    this.#find(into).articles.push(...source.articles.splice(0));
    source.state = 'merged';
  }

  remove(id: number): void {
    this.#tickets.delete(id);
  }

  stateOf(id: number): string | undefined {
    return this.#tickets.get(id)?.state;
  }

  state(): string {
    return JSON.stringify([...this.#tickets.values()]);
  }

  revokeTokens(): void {
    this.token = 'another-token';
  }

  /** As a trigger's webhook sends it, signed with `secret`. */
  hookFor(id: number, secret: string): { headers: Record<string, string>; body: Uint8Array } {
    const ticket = this.#find(id);
    const article = ticket.articles[0];
    const payload = {
      ticket: this.#render(ticket),
      article: article && renderArticle(article, id),
    };
    const body = Buffer.from(JSON.stringify(payload));
    const hmac = createHmac('sha1', secret).update(body).digest('hex');
    const headers = { 'x-zammad-trigger': 'canary', 'x-hub-signature': `sha1=${hmac}` };
    return { headers, body };
  }

  protected route(request: WorldRequest): WorldReply {
    const url = new URL(request.path, 'http://world.test');
    if (request.headers.authorization !== `Token token=${this.token}`) {
      return this.json(401, { error: "Invalid BasicAuth credentials or token, can't log in" });
    }
    const [, collection = '', id = '', sub = ''] =
      /^\/api\/v1\/([a-z_]+)(?:\/([a-z_]+|\d+))?(?:\/(\d+))?$/.exec(url.pathname) ?? [];
    const strange = strangeKey(url.searchParams, ['expand', 'page', 'per_page']);
    if (strange !== undefined) return this.#refuse(`unknown parameter ${strange}`);
    if (collection === 'users' && id === 'me') {
      return this.json(200, { id: 3, login: 'canary@example.test', roles: this.roles });
    }
    if (collection === 'tickets' && id === '') return this.#list(url.searchParams);
    if (collection === 'tickets') return this.#one(request, Number(id), url.searchParams);
    if (collection === 'ticket_articles' && id === 'by_ticket') return this.#articles(Number(sub));
    if (collection === 'ticket_articles') return this.#article(Number(id));
    if (collection === 'ticket_article_plain') return this.#plain(Number(id));
    return this.json(404, { error: `No route matches ${request.method} ${url.pathname}` });
  }

  #list(query: URLSearchParams): WorldReply {
    const [page, size] = [Number(query.get('page') ?? 1), Number(query.get('per_page') ?? 25)];
    const isRight = page >= 1 && size >= 1 && size <= 100 && query.get('expand') === 'true';
    if (!isRight) return this.#refuse('page');
    const shown = this.#visible().slice((page - 1) * size, page * size);
    return this.json(
      200,
      shown.map((ticket) => this.#render(ticket)),
    );
  }

  #visible(): WorldTicket[] {
    const now = this.options.clock.now();
    return [...this.#tickets.values()]
      .filter(({ visibleAt }) => visibleAt <= now)
      .sort((a, b) => a.id - b.id);
  }

  #one(request: WorldRequest, id: number, query: URLSearchParams): WorldReply {
    const ticket = this.#tickets.get(id);
    if (ticket === undefined) return this.#missing('Ticket', id);
    if (request.method === 'GET') {
      return query.get('expand') === 'true'
        ? this.json(200, this.#render(ticket))
        : this.#refuse('states have numbers without expand');
    }
    if (request.method === 'DELETE') {
      if (!this.roles.includes('Admin')) return this.json(403, { error: 'Not authorized' });
      this.#tickets.delete(id);
      return this.json(200, undefined);
    }
    const isJson = (request.headers['content-type'] ?? '').startsWith('application/json');
    if (request.method !== 'PUT' || !isJson || request.body !== '{"state":"closed"}') {
      return this.#refuse('only the state can be put, as JSON');
    }
    ticket.state = 'closed';
    return this.json(200, { id });
  }

  #articles(ticketId: number): WorldReply {
    const ticket = this.#tickets.get(ticketId);
    if (ticket === undefined) return this.#missing('Ticket', ticketId);
    return this.json(
      200,
      ticket.articles.map((article) => renderArticle(article, ticketId)),
    );
  }

  #article(id: number): WorldReply {
    const found = this.#findArticle(id);
    if (found === undefined) return this.#missing('Ticket::Article', id);
    return this.json(200, renderArticle(found, 0));
  }

  #plain(id: number): WorldReply {
    const found = this.#findArticle(id);
    if (found === undefined) return this.#missing('Ticket::Article', id);
    if (found.raw === null) return { status: 204, headers: {}, body: '' };
    return { status: 200, headers: { 'content-type': 'message/rfc822' }, body: found.raw };
  }

  #findArticle(id: number): WorldArticle | undefined {
    const all = [...this.#tickets.values()].flatMap(({ articles }) => articles);
    return all.find((article) => article.id === id);
  }

  #render(ticket: WorldTicket): object {
    const { id, title, state, group, createdAt, articles } = ticket;
    return {
      ...{ id, group, title, state, number: String(id), priority: '2 normal' },
      ...{ customer: 'canary@probe.example', created_at: new Date(createdAt).toISOString() },
      ...(this.#listsArticles ? { article_ids: articles.map((article) => article.id) } : {}),
    };
  }

  #find(id: number): WorldTicket {
    const ticket = this.#tickets.get(id);
    if (ticket === undefined) throw new Error(`no ticket ${id}`);
    return ticket;
  }

  #missing(what: string, id: number): WorldReply {
    return this.json(404, { error: `Couldn't find ${what} with 'id'=${id}` });
  }

  #refuse(error: string): WorldReply {
    return this.json(UNPROCESSABLE, { error });
  }
}

function renderArticle(article: WorldArticle, ticketId: number): object {
  const { id, type, sender, subject, body, messageId, inReplyTo, references, createdAt } = article;
  return {
    ...{ id, ticket_id: ticketId, type, sender, subject, body, message_id: messageId },
    ...{ in_reply_to: inReplyTo || null, references: references || null },
    created_at: new Date(createdAt).toISOString(),
    preferences: { 'send-auto-response': false, 'is-auto-response': true },
  };
}
