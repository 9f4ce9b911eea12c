import * as z from 'zod';
import { MonitorError } from '../../base/errors.ts';
import { createSharedWork } from '../../base/shared-work.ts';
import { BodyTooLarge, type HttpReply } from '../http/exchange.ts';
import type { HttpCall } from '../http/courier.ts';
import { parseJson } from '../http/failure.ts';
import type { Http } from '../http/http.ts';
import { parseHeaders, type Headers } from '../letter.ts';
import { Messages, pageOf, Queue, Root, Ticket, Transaction } from './reply.ts';
import type { Session } from './session.ts';

/** RT gives no more at once, whatever is asked for. */
export const PAGE_SIZE = 100;

/** The requests of REST 2.0 that we make. All throw MonitorError. */
export interface Api {
  /** Asked for once. */
  queue(signal: AbortSignal): Promise<Queue>;
  /** By a condition in TransactionSQL; those that the user may not see are left out. */
  transactions(
    condition: string,
    options: { readonly order: 'ASC' | 'DESC'; readonly count: number },
    signal: AbortSignal,
  ): Promise<readonly Transaction[]>;
  /** Of a ticket, and of those that were merged into it; oldest first, at most a page. */
  history(ticketId: number, signal: AbortSignal): Promise<readonly Transaction[]>;
  /** Of the mails that came with transactions; a transaction without mail has none. */
  headers(
    transactionIds: readonly number[],
    signal: AbortSignal,
  ): Promise<ReadonlyMap<number, Headers>>;
  /** Transactions after one, in any queue, whose mail names us in its headers; a page of the oldest. */
  marked(after: number, signal: AbortSignal): Promise<readonly number[]>;
  /** Deleted and merged ones are not found. */
  tickets(condition: string, signal: AbortSignal): Promise<readonly Ticket[]>;
  /** Deleted ones too; undefined where there is none of that id. */
  ticket(id: number, signal: AbortSignal): Promise<Ticket | undefined>;
  /** Gives RT's words: it says so, with status 200, when it refuses. */
  setStatus(id: number, status: string, signal: AbortSignal): Promise<string>;
  /** Sets the status deleted; the row stays. Answers false where RT would not. */
  remove(id: number, signal: AbortSignal): Promise<boolean>;
}

const LIST_LIMIT = 16 * 1_024 * 1_024;
/** `Parent` may be asked by, but not asked for: RT 5.0.3 answers 500 then. */
const IS_ROOT = { field: 'Parent', value: 0 };
/** What headers of canaries and of answers to them carry: our word in Subject and in the name of our own header, our mark in Message-ID, References, In-Reply-To. */
const MARKS = ['mailcanary', '<mcas', '<mcab', '<mcam'];

interface Means {
  readonly what: string;
  /** A path below `/REST/2.0`. */
  readonly ask: (path: string, signal: AbortSignal, more?: Partial<HttpCall>) => Promise<HttpReply>;
}

export function createApi(
  http: Http,
  session: Session,
  options: { readonly queue: string; readonly what: string },
): Api {
  const { what } = options;
  const means: Means = { what, ask: createAsk(http, session, what) };
  let queue: Queue | undefined;
  const finding = createSharedWork(`the queue at ${what}`, async (signal) => {
    queue = await findQueue(means, options.queue, signal);
    return queue;
  });
  return {
    queue: async (signal) => queue ?? (await finding.join(signal)),
    ...createLists(means),
    async ticket(id, signal) {
      const reply = await means.ask(`/ticket/${id}`, signal, { allow: [404] });
      return reply.status === 404 ? undefined : parse(reply, Ticket, what);
    },
    async setStatus(id, status, signal) {
      const body = { type: 'application/json', text: JSON.stringify({ Status: status }) };
      const reply = await means.ask(`/ticket/${id}`, signal, { method: 'PUT', body });
      return Messages.parse(parseJson(reply.body)).join('; ');
    },
    async remove(id, signal) {
      // 500 is also the answer to a missing right, and to a ticket that is deleted already.
      const wish = { method: 'DELETE', allow: [403, 404, 500] } as const;
      const { status } = await means.ask(`/ticket/${id}`, signal, wish);
      return status >= 200 && status < 300;
    },
  };
}

/** A session that RT does not know any more is answered with a redirect to its login. */
function createAsk(http: Http, session: Session, what: string): Means['ask'] {
  return async (path, signal, more = {}) => {
    const allow = [...(more.allow ?? []), 302];
    const call = { ...more, path: `/REST/2.0${path}`, authorization: session, allow };
    const shown = await session.header(signal);
    let reply = await http.call(call, signal);
    for (const remedy of [() => session.refused(shown), () => session.giveUp()]) {
      if (reply.status !== 302) return reply;
      remedy();
      reply = await http.call(call, signal);
    }
    if (reply.status !== 302) return reply;
    throw new MonitorError(`${what}: RT wants us to log in, whatever we show`, {
      reason: 'auth',
      retryable: false,
    });
  };
}

type Lists = Pick<Api, 'transactions' | 'history' | 'headers' | 'marked' | 'tickets'>;

function createLists(means: Means): Lists {
  const fields = 'Type,ObjectId,Created,NewValue';
  return {
    transactions(condition, { order, count }, signal) {
      const page = { orderby: 'id', order, per_page: String(count) };
      const query = new URLSearchParams({ query: condition, ...page, fields });
      return rowsOf(means, means.ask(`/transactions?${query.toString()}`, signal), Transaction);
    },
    history(ticketId, signal) {
      const path = `/ticket/${ticketId}/history?per_page=${PAGE_SIZE}&fields=${fields}`;
      return rowsOf(means, means.ask(path, signal), Transaction);
    },
    headers: async (ids, signal) => new Map(await readHeaders(means, ids, signal)),
    async marked(after, signal) {
      const marks = MARKS.map((value) => ({ field: 'Headers', operator: 'LIKE', value }));
      const query = [{ field: 'TransactionId', operator: '>', value: after }, IS_ROOT, ...marks];
      const page = `per_page=${PAGE_SIZE}&orderby=TransactionId&fields=TransactionId`;
      const found = await findAttachments(means, { query, page }, signal);
      return found.map(({ transactionId }) => transactionId);
    },
    tickets(condition, signal) {
      const page = { per_page: String(PAGE_SIZE), fields: 'Status,Queue' };
      const query = new URLSearchParams({ query: condition, ...page });
      return rowsOf(means, means.ask(`/tickets?${query.toString()}`, signal), Ticket);
    },
  };
}

async function rowsOf<T extends z.ZodType>(
  { what }: Means,
  asked: Promise<HttpReply>,
  item: T,
): Promise<readonly z.output<T>[]> {
  return parse(await asked, pageOf(item), what).items;
}

/** By POST: a hundred conditions are more than some servers take in a URL. */
function findAttachments(
  means: Means,
  { query, page }: { readonly query: readonly unknown[]; readonly page: string },
  signal: AbortSignal,
): Promise<readonly Root[]> {
  const body = { type: 'application/json', text: JSON.stringify(query) };
  const wish = { method: 'POST', body, bodyLimit: LIST_LIMIT } as const;
  return rowsOf(means, means.ask(`/attachments?${page}`, signal, wish), Root);
}

async function readHeaders(
  means: Means,
  ids: readonly number[],
  signal: AbortSignal,
): Promise<readonly (readonly [number, Headers])[]> {
  if (ids.length === 0) return [];
  if (ids.length > PAGE_SIZE) return readHalves(means, ids, signal);
  const query = [...ids.map((value) => ({ field: 'TransactionId', value })), IS_ROOT];
  const page = `per_page=${PAGE_SIZE}&fields=TransactionId,Headers`;
  try {
    const roots = await findAttachments(means, { query, page }, signal);
    return roots.map(({ transactionId, headers }) => [
      transactionId,
      parseHeaders(Buffer.from(headers, 'latin1')),
    ]);
  } catch (error) {
    // One mail has more headers than we read: the others are not to suffer for it.
    if (!(error instanceof BodyTooLarge)) throw error;
    return ids.length === 1 ? [] : readHalves(means, ids, signal);
  }
}

async function readHalves(
  means: Means,
  ids: readonly number[],
  signal: AbortSignal,
): ReturnType<typeof readHeaders> {
  const middle = Math.ceil(ids.length / 2);
  const first = await readHeaders(means, ids.slice(0, middle), signal);
  return [...first, ...(await readHeaders(means, ids.slice(middle), signal))];
}

async function findQueue({ what, ask }: Means, name: string, signal: AbortSignal): Promise<Queue> {
  const reply = await ask(`/queue/${encodeURIComponent(name)}`, signal, { allow: [403, 404] });
  if (reply.status !== 403 && reply.status !== 404) return parse(reply, Queue, what);
  const known = await ask('/queues/all?per_page=20&fields=Name', signal, { allow: [403] });
  const names = pageOf(z.object({ Name: z.string() })).safeParse(parseJson(known.body)).data?.items;
  const list = names?.map(({ Name }) => Name).join(', ') ?? '';
  throw new MonitorError(
    `${what}: there is no queue "${name}", or the user may not see it; ${list === '' ? 'no queue is visible (right SeeQueue)' : `there are: ${list}`}`,
    { reason: 'config', retryable: false },
  );
}

function parse<T extends z.ZodType>(reply: HttpReply, schema: T, what: string): z.output<T> {
  const parsed = schema.safeParse(parseJson(reply.body));
  if (parsed.success) return parsed.data;
  const at = parsed.error.issues[0]?.path.join('.') ?? '';
  throw new MonitorError(`${what}: RT answers in another form than expected${at && ` at ${at}`}`, {
    reason: 'bad-reply',
    retryable: true,
  });
}
