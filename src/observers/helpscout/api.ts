import { MonitorError } from '../../base/errors.ts';
import type { ListQuery } from '../feed/passes.ts';
import { BodyTooLarge, type HttpReply } from '../http/exchange.ts';
import type { Authorization, HttpCall } from '../http/courier.ts';
import { parseJson } from '../http/failure.ts';
import { isoSeconds } from '../http/iso-seconds.ts';
import type { Http } from '../http/http.ts';
import {
  Conversation,
  ConversationPage,
  Mailbox,
  OriginalSource,
  ThreadPage,
  type Thread,
} from './reply.ts';

/** The lists of conversations that are read. Whether `all` includes spam is documented nowhere, so spam is asked for by itself. */
export type View = 'all' | 'spam';

/** On Help Scout's clock, by whole seconds. */
export interface PageQuery extends ListQuery {
  readonly view: View;
}

/** A page; `threads` is false where their bodies were too much for one answer. */
export interface Page {
  readonly page: ConversationPage;
  readonly threads: boolean;
}

/** The requests of the Inbox API 2.0 that we make. All throw MonitorError. */
export interface Api {
  list(query: PageQuery, signal: AbortSignal): Promise<Page>;
  /** Undefined where there is none of that id; one that was merged or moved is followed once. */
  find(conversationId: string, signal: AbortSignal): Promise<Conversation | undefined>;
  threads(conversationId: string, signal: AbortSignal): Promise<readonly Thread[]>;
  /** The mail as it came; Help Scout keeps it for some days only. */
  source(conversationId: string, threadId: string, signal: AbortSignal): Promise<string>;
  mailbox(
    id: number,
    signal: AbortSignal,
  ): Promise<{ readonly name: string; readonly email: string }>;
  /** Answers false where it is gone. */
  close(conversationId: string, signal: AbortSignal): Promise<boolean>;
  /** Answers false where it is gone. */
  remove(conversationId: string, signal: AbortSignal): Promise<boolean>;
}

const LIST_LIMIT = 4 * 1_024 * 1_024;
const SOURCE_LIMIT = 1_024 * 1_024;
/** Writes count twice (rate limits of the Inbox API). */
const WRITE_COST = 2;
const GONE = [404, 410];
const MOVED = [301, 302, 307, 308];

interface Means {
  readonly http: Http;
  /** A GET of a path below `/v2`, with our authorization. */
  readonly get: (path: string, more?: Partial<HttpCall>) => HttpCall;
}

export function createApi(http: Http, authorization: Authorization, mailboxId: number): Api {
  const get: Means['get'] = (path, more = {}) => ({ path: `/v2${path}`, authorization, ...more });

  async function write(call: HttpCall, signal: AbortSignal): Promise<boolean> {
    const reply = await http.call({ ...call, cost: WRITE_COST, allow: GONE }, signal);
    return !GONE.includes(reply.status);
  }

  return {
    async list(query, signal) {
      const path = (embed: boolean): string =>
        `/conversations?${listQuery(query, mailboxId, embed)}`;
      try {
        const call = get(path(true), { bodyLimit: LIST_LIMIT });
        return { page: await http.json(call, ConversationPage, signal), threads: true };
      } catch (error) {
        if (!(error instanceof BodyTooLarge)) throw error;
        const call = get(path(false), { bodyLimit: LIST_LIMIT });
        return { page: await http.json(call, ConversationPage, signal), threads: false };
      }
    },
    find: (id, signal) => find(id, { http, get }, signal),
    threads: (id, signal) => allThreads(id, { http, get }, signal),
    async source(conversationId, threadId, signal) {
      const path = `/conversations/${conversationId}/threads/${threadId}/original-source`;
      const call = get(path, { bodyLimit: SOURCE_LIMIT });
      return (await http.json(call, OriginalSource, signal)).original;
    },
    mailbox: (id, signal) => http.json(get(`/mailboxes/${id}`), Mailbox, signal),
    close(id, signal) {
      const change = { op: 'replace', path: '/status', value: 'closed' };
      const body = { type: 'application/json', text: JSON.stringify(change) };
      return write(get(`/conversations/${id}`, { method: 'PATCH', body }), signal);
    },
    remove: (id, signal) => write(get(`/conversations/${id}`, { method: 'DELETE' }), signal),
  };
}

async function find(
  id: string,
  { http, get }: Means,
  signal: AbortSignal,
): Promise<Conversation | undefined> {
  const limits = { allow: [...GONE, ...MOVED], bodyLimit: LIST_LIMIT };
  const path = (wanted: string): string => `/conversations/${wanted}?embed=threads`;
  const first = await http.call(get(path(id), limits), signal);
  if (GONE.includes(first.status)) return undefined;
  if (!MOVED.includes(first.status)) return parseConversation(first);
  const moved = /\/conversations\/(\d{1,19})(?:[/?]|$)/.exec(first.headers.location ?? '')?.[1];
  if (moved === undefined) throw badReply(`conversation ${id} was moved to nowhere`);
  const second = await http.call(get(path(moved), { ...limits, allow: GONE }), signal);
  return GONE.includes(second.status) ? undefined : parseConversation(second);
}

async function allThreads(
  id: string,
  { http, get }: Means,
  signal: AbortSignal,
): Promise<readonly Thread[]> {
  const threads: Thread[] = [];
  for (let page = 1; ; page += 1) {
    const path = `/conversations/${id}/threads?page=${page}`;
    const answer = await http.json(get(path, { bodyLimit: 8 * LIST_LIMIT }), ThreadPage, signal);
    threads.push(...(answer._embedded?.threads ?? []));
    if (page >= (answer.page?.totalPages ?? 1)) return threads;
  }
}

/** Sorted by creation, which never changes. */
function listQuery(query: PageQuery, mailboxId: number, embed: boolean): string {
  const { view, from, madeFrom, page } = query;
  return new URLSearchParams({
    mailbox: String(mailboxId),
    status: view,
    modifiedSince: isoSeconds(from),
    ...(madeFrom > 0 ? { query: `(createdAt:[${isoSeconds(madeFrom)} TO *])` } : {}),
    sortField: 'createdAt',
    sortOrder: 'asc',
    page: String(page),
    ...(embed ? { embed: 'threads' } : {}),
  }).toString();
}

function parseConversation(reply: HttpReply): Conversation {
  const parsed = Conversation.safeParse(parseJson(reply.body));
  if (parsed.success) return parsed.data;
  throw badReply('a conversation has another form than expected');
}

function badReply(message: string): MonitorError {
  return new MonitorError(message, { reason: 'bad-reply', retryable: true });
}
