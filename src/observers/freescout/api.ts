import { MonitorError } from '../../base/errors.ts';
import type { ListPage, ListQuery } from '../feed/passes.ts';
import type { Authorization, HttpCall } from '../http/courier.ts';
import { parseJson } from '../http/failure.ts';
import { isoSeconds } from '../http/iso-seconds.ts';
import type { Http } from '../http/http.ts';
import { Conversation, ConversationPage, MailboxPage } from './reply.ts';

/**
 * The lists that are read. What the plain one leaves out is documented nowhere: it may hold spam and
 * deleted conversations or not, so both are asked for by themselves.
 */
export const VIEWS = { all: {}, spam: { status: 'spam' }, trash: { state: 'deleted' } } as const;
export type View = keyof typeof VIEWS;

/** `from`: of the update; on FreeScout's clock, by whole seconds. */
export interface ViewQuery extends ListQuery {
  readonly view: View;
}

/** The requests of the module API & Webhooks that we make. All throw MonitorError. */
export interface Api {
  list(query: ViewQuery, signal: AbortSignal): Promise<ListPage<Conversation>>;
  /** With its threads; undefined where there is none of that id. */
  find(id: string, signal: AbortSignal): Promise<Conversation | undefined>;
  /** "Support <support@example.com>"; undefined where there is no such mailbox. */
  mailbox(signal: AbortSignal): Promise<string | undefined>;
  /** Answers false where it is gone. */
  close(id: string, signal: AbortSignal): Promise<boolean>;
  /** For good. Answers false where it is gone. */
  remove(id: string, signal: AbortSignal): Promise<boolean>;
}

const PAGE_SIZE = 50;
/** Fifty conversations with the bodies of their threads. */
const LIST_LIMIT = 32 * 1_024 * 1_024;
const GONE = [404, 410];
const SECOND_MS = 1_000;

export function createApi(
  http: Http,
  authorization: Authorization,
  config: { readonly mailboxId: number; readonly userId: number },
): Api {
  const { mailboxId, userId } = config;
  const get = (path: string, more: Partial<HttpCall> = {}): HttpCall => ({
    path: `/api${path}`,
    authorization,
    bodyLimit: LIST_LIMIT,
    ...more,
  });
  const write = async (call: HttpCall, signal: AbortSignal): Promise<boolean> => {
    const reply = await http.call({ ...call, allow: GONE }, signal);
    return !GONE.includes(reply.status);
  };
  return {
    async list(query, signal) {
      const call = get(`/conversations?${queryOf(query, mailboxId)}`);
      const answer = await http.json(call, ConversationPage, signal);
      const items = (answer._embedded?.conversations ?? []).map((shown) => ({
        id: shown.id,
        madeAt: Date.parse(shown.createdAt),
        shown,
      }));
      return { items, totalPages: answer.page.totalPages };
    },
    async find(id, signal) {
      const reply = await http.call(get(`/conversations/${id}`, { allow: GONE }), signal);
      if (GONE.includes(reply.status)) return undefined;
      const parsed = Conversation.safeParse(parseJson(reply.body));
      if (parsed.success) return parsed.data;
      const message = `conversation ${id} has another form than expected`;
      throw new MonitorError(message, { reason: 'bad-reply', retryable: true });
    },
    async mailbox(signal) {
      const answer = await http.json(get('/mailboxes?pageSize=500'), MailboxPage, signal);
      const all = answer._embedded?.mailboxes ?? [];
      const found = all.find(({ id }) => id === String(mailboxId));
      return found && `${found.name} <${found.email}>`;
    },
    close(id, signal) {
      const text = JSON.stringify({ byUser: userId, status: 'closed' });
      const body = { type: 'application/json', text };
      return write(get(`/conversations/${id}`, { method: 'PUT', body }), signal);
    },
    remove: (id, signal) => write(get(`/conversations/${id}`, { method: 'DELETE' }), signal),
  };
}

/** Sorted by creation, which never changes. Whether "since" has that very second in it is documented nowhere. */
function queryOf({ view, from, madeFrom, page }: ViewQuery, mailboxId: number): string {
  return new URLSearchParams({
    mailboxId: String(mailboxId),
    updatedSince: isoSeconds(from),
    ...(madeFrom > 0 ? { createdSince: isoSeconds(madeFrom - SECOND_MS) } : {}),
    ...VIEWS[view],
    embed: 'threads',
    sortField: 'createdAt',
    sortOrder: 'asc',
    page: String(page),
    pageSize: String(PAGE_SIZE),
  }).toString();
}
