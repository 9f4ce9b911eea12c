import type { Clock } from '../../base/clock.ts';
import { isMisfiled, type Place } from '../../domain/sighting.ts';
import type { TokenKeys } from '../../domain/token.ts';
import type { Feed, FeedItem, FeedReading, FeedReadOptions, FeedView } from '../feed/feed.ts';
import { headersOfSource, isMarkedText } from '../feed/judge.ts';
import type { Http } from '../http/http.ts';
import type { Headers } from '../letter.ts';
import type { Api } from './api.ts';
import type { ZammadConfig } from './config.ts';
import { createMisfiledBook, type MisfiledBook } from './misfiled.ts';
import { readTickets } from './reading.ts';
import { headersOfArticle, isLetter, placeOf, stampOf, type Ticket } from './reply.ts';

export interface FeedTools {
  readonly clock: Clock;
  readonly keys: TokenKeys;
  readonly api: Api;
  readonly http: Http;
  readonly spam: ZammadConfig['spam'];
}

/** Requests that are left for the list, whatever else could be asked: only that proves an absence. */
const KEPT_FOR_LISTS = 4;
/** Where it is unknown which article is the first, it is asked for. */
const FIRST_ARTICLES_KEPT = 500;

/** One list has the tickets of all states and groups; what was in spam is looked at again by itself. */
export function createZammadFeed(tools: FeedTools): Feed {
  const { api, http } = tools;
  const shelf = createShelf(tools);
  return {
    views: viewsOf(tools.spam),
    // The reply tells the clock by which the list is read.
    async begin(signal) {
      if (http.offset() === undefined) await api.tickets({ page: 1, size: 1 }, signal);
    },
    read: (view, options) =>
      view.name === MOVED ? readMoved(tools, shelf, options) : readList(tools, shelf, options),
    source: (item, signal) => shelf.source(Number(item.externalId), signal),
    async locate(externalId, signal) {
      const ticket = await api.ticket(Number(externalId), signal);
      return ticket === undefined ? undefined : placeOf(ticket, tools);
    },
    async named(id, { signal, take }) {
      const ticket = await api.ticket(Number(id), signal);
      if (ticket !== undefined) await take(shelf.itemOf(ticket));
    },
    requests: () => http.requests(),
    spare: () => http.budget.remaining() - KEPT_FOR_LISTS,
    offset: () => http.offset(),
  };
}

const MOVED = 'moved';

function viewsOf(spam: ZammadConfig['spam']): readonly FeedView[] {
  const places: readonly Place[] = ['inbox', 'closed', 'other'];
  if (spam.states.length + spam.groups.length === 0) return [{ name: 'tickets', places }];
  return [
    { name: 'tickets', places: [...places, 'spam'] },
    { name: MOVED, places: [] },
  ];
}

async function readList(
  tools: FeedTools,
  shelf: Shelf,
  { mark, since, signal, take }: FeedReadOptions,
): Promise<FeedReading> {
  return readTickets(tools, {
    ...{ mark, since, signal },
    take: async (ticket) => {
      if (isMarkedText(ticket.title, tools.keys)) await take(shelf.itemOf(ticket));
    },
  });
}

/** Whether a canary was taken out of spam: the list shows only what is new. */
async function readMoved(
  { clock, api, http, spam }: FeedTools,
  shelf: Shelf,
  { mark, signal, take }: FeedReadOptions,
): Promise<FeedReading> {
  const startedAt = clock.now();
  const { misfiled } = shelf;
  misfiled.restore(mark);
  for (const id of misfiled.due(http.budget.remaining() - KEPT_FOR_LISTS)) {
    const ticket = await api.ticket(id, signal);
    if (ticket === undefined || !isMisfiled(placeOf(ticket, { spam }))) misfiled.forget(id);
    if (ticket !== undefined) await take(shelf.itemOf(ticket));
  }
  return { startedAt, mark: misfiled.mark(), finished: true };
}

interface Shelf {
  readonly misfiled: MisfiledBook;
  itemOf(ticket: Ticket): FeedItem;
  source(ticketId: number, signal: AbortSignal): Promise<Headers | undefined>;
}

function createShelf({ api, spam, clock }: FeedTools): Shelf {
  const misfiled = createMisfiledBook(clock);
  const firstArticles = new Map<number, number>();
  return {
    misfiled,
    itemOf(ticket) {
      const place = placeOf(ticket, { spam });
      if (isMisfiled(place)) misfiled.note(ticket.id);
      const [first] = [...(ticket.article_ids ?? [])].sort((a, b) => a - b);
      if (first !== undefined) firstArticles.set(ticket.id, first);
      for (const id of firstArticles.keys()) {
        if (firstArticles.size <= FIRST_ARTICLES_KEPT) break;
        firstArticles.delete(id);
      }
      return {
        externalId: String(ticket.id),
        place,
        stamp: stampOf(ticket),
        headers: new Map([['subject', [ticket.title]]]),
        text: '',
        isWhole: false,
      };
    },
    source: (id, signal) => sourceOfTicket(api, { id, first: firstArticles.get(id) }, signal),
  };
}

/** Tickets that an agent made quote our tokens, and are no mail that arrived. */
const NO_MAIL: Headers = new Map([['in-reply-to', ['written by an agent']]]);

async function sourceOfTicket(
  api: Api,
  /** `first`: its first article, where the list tells. */
  ticket: { readonly id: number; readonly first: number | undefined },
  signal: AbortSignal,
): Promise<Headers | undefined> {
  const raw = ticket.first === undefined ? undefined : await api.source(ticket.first, signal);
  if (raw !== undefined) return headersOfSource(raw);
  const [first] = await api.articles(ticket.id, signal);
  if (first === undefined) return undefined;
  if (!isLetter(first)) return new Map([...NO_MAIL, ['subject', [first.subject]]]);
  const source = first.id === ticket.first ? undefined : await api.source(first.id, signal);
  return source === undefined ? headersOfArticle(first) : headersOfSource(source);
}
