import type * as z from 'zod';
import { MonitorError } from '../../base/errors.ts';
import type { Authorization, HttpCall } from '../http/courier.ts';
import { parseJson } from '../http/failure.ts';
import type { Http } from '../http/http.ts';
import { Article, Articles, Me, Ticket, Tickets } from './reply.ts';

/** Tickets in a page of the list, and at most. */
export const PAGE_SIZE = 100;

/** The requests of Zammad's REST API that we make. All throw MonitorError. */
export interface Api {
  me(signal: AbortSignal): Promise<z.output<typeof Me>>;
  /** All that the token may read, oldest first; straight from the database. Pages count from 1. */
  tickets(
    page: { readonly page: number; readonly size: number },
    signal: AbortSignal,
  ): Promise<readonly Ticket[]>;
  /** Undefined where there is none of that number, or none that we may see. */
  ticket(id: number, signal: AbortSignal): Promise<Ticket | undefined>;
  /** Oldest first. */
  articles(ticketId: number, signal: AbortSignal): Promise<readonly Article[]>;
  article(id: number, signal: AbortSignal): Promise<Article>;
  /** The mail as it came; undefined where none is kept. */
  source(articleId: number, signal: AbortSignal): Promise<string | undefined>;
  /** Answers false where it is gone. */
  close(ticketId: number, signal: AbortSignal): Promise<boolean>;
  /** For good; needs `admin`. Answers false where it is gone. */
  remove(ticketId: number, signal: AbortSignal): Promise<boolean>;
}

const LIST_LIMIT = 4 * 1_024 * 1_024;
const ARTICLES_LIMIT = 32 * 1_024 * 1_024;
const SOURCE_LIMIT = 1_024 * 1_024;
const GONE = [404, 410];
/** A ticket that was moved to a group we may not read is as good as gone. */
const OUT_OF_SIGHT = [...GONE, 403];

export function createApi(http: Http, authorization: Authorization): Api {
  const get = (path: string, more: Partial<HttpCall> = {}): HttpCall => ({
    path: `/api/v1${path}`,
    authorization,
    ...more,
  });
  return {
    me: (signal) => http.json(get('/users/me?expand=true'), Me, signal),
    tickets({ page, size }, signal) {
      const query = `expand=true&page=${page}&per_page=${size}`;
      return http.json(get(`/tickets?${query}`, { bodyLimit: LIST_LIMIT }), Tickets, signal);
    },
    async ticket(id, signal) {
      const call = get(`/tickets/${id}?expand=true`, { allow: OUT_OF_SIGHT });
      const reply = await http.call(call, signal);
      if (OUT_OF_SIGHT.includes(reply.status)) return undefined;
      const parsed = Ticket.safeParse(parseJson(reply.body));
      if (parsed.success) return parsed.data;
      const message = `ticket ${id} has another form than expected`;
      throw new MonitorError(message, { reason: 'bad-reply', retryable: true });
    },
    async articles(ticketId, signal) {
      const path = `/ticket_articles/by_ticket/${ticketId}?expand=true`;
      const found = await http.json(get(path, { bodyLimit: ARTICLES_LIMIT }), Articles, signal);
      return [...found].sort((a, b) => a.id - b.id);
    },
    article: (id, signal) =>
      http.json(
        get(`/ticket_articles/${id}?expand=true`, { bodyLimit: ARTICLES_LIMIT }),
        Article,
        signal,
      ),
    async source(articleId, signal) {
      const path = `/ticket_article_plain/${articleId}`;
      const reply = await http.call(get(path, { bodyLimit: SOURCE_LIMIT }), signal);
      return reply.body.trim() === '' ? undefined : reply.body;
    },
    async close(ticketId, signal) {
      const body = { type: 'application/json', text: '{"state":"closed"}' };
      const call = get(`/tickets/${ticketId}`, { method: 'PUT', body, allow: GONE });
      return !GONE.includes((await http.call(call, signal)).status);
    },
    async remove(ticketId, signal) {
      const call = get(`/tickets/${ticketId}`, { method: 'DELETE', allow: GONE });
      return !GONE.includes((await http.call(call, signal)).status);
    },
  };
}
