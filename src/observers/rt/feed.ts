import type { Clock } from '../../base/clock.ts';
import type { Place } from '../../domain/sighting.ts';
import type { Feed, FeedReading, FeedReadOptions } from '../feed/feed.ts';
import type { Http } from '../http/http.ts';
import type { Api } from './api.ts';
import { placeNow, refreshPlaces, takeLetters } from './letters.ts';
import { readMark, type Mark } from './mark.ts';
import { createMemory, type Memory } from './memory.ts';
import {
  anyOf,
  firstMark,
  isInQueue,
  IS_MAIL,
  newestOf,
  readAll,
  readMarked,
  readPass,
  type PassReading,
} from './reading.ts';
import { isMailType, type Transaction } from './reply.ts';
import type { Session } from './session.ts';

export interface FeedTools {
  readonly clock: Clock;
  readonly api: Api;
  readonly http: Http;
  readonly session: Session;
  readonly statuses: Readonly<Record<string, Place>>;
  readonly indexLagMs: number;
}

interface Tools extends FeedTools {
  readonly memory: Memory;
}

/** What came into the queue and what became of it; then what is ours though its ticket does not say so. */
export function createRtFeed(options: FeedTools): Feed {
  const { api, http, session } = options;
  const tools = { ...options, memory: createMemory() };
  /** Where the first list begins anew, the second does too. */
  let begun: Mark | undefined;
  const begin = async (wish: FeedReadOptions): Promise<Mark> => {
    begun = await firstMark(tools, wish);
    return begun;
  };
  return {
    views: [
      { name: 'transactions', places: ['inbox', 'closed'] },
      { name: 'marked', places: ['spam', 'trash'] },
    ],
    /** The reply tells the clock by which lists are asked for. */
    async begin(signal) {
      await session.header(signal);
    },
    async read({ name }, wish) {
      const known = readMark(wish.mark);
      return name === 'transactions'
        ? readTransactions(tools, wish, known ?? (await begin(wish)))
        : readOthers(tools, wish, known ?? begun ?? (await begin(wish)));
    },
    async locate(externalId, signal) {
      const ticket = await api.ticket(Number(externalId.split(':')[0]), signal);
      if (ticket === undefined || ticket.status === 'deleted') return undefined;
      return placeNow(ticket, tools, signal);
    },
    requests: () => http.requests(),
    offset: () => http.offset(),
  };
}

function readTransactions(
  tools: Tools,
  { signal, take }: FeedReadOptions,
  mark: Mark,
): Promise<PassReading> {
  return readPass(tools, {
    mark,
    signal,
    async take(rows) {
      const mails = rows.filter(({ type }) => isMailType(type));
      const moved = await movedMails(tools, rows, signal);
      const all = new Map([...moved, ...mails].map((mail) => [mail.id, mail]));
      await takeLetters(tools, [...all.values()], {
        signal,
        take,
        isNew: ({ id }) => id > mark.top,
      });
    },
  });
}

/** The mails of tickets whose status or queue has changed; where they are now is known afterwards. */
async function movedMails(
  { api, memory, statuses }: Tools,
  rows: readonly Transaction[],
  signal: AbortSignal,
): Promise<readonly Transaction[]> {
  const changes = rows.filter(({ type }) => !isMailType(type));
  const fresh = changes.filter(({ id }) => !memory.changes.has(id));
  const ticketIds = new Set(fresh.map(({ ticketId }) => ticketId));
  const known = new Set(changes.map(({ ticketId }) => ticketId).filter((id) => !ticketIds.has(id)));
  const mails = [...known].flatMap((ticketId) =>
    memory.lettersOf(ticketId).map(({ transaction }) => transaction),
  );
  if (ticketIds.size === 0) return mails;
  await refreshPlaces({ api, memory, statuses }, [...ticketIds], signal);
  const condition = `ObjectType = 'RT::Ticket' AND ${anyOf('ObjectId', [...ticketIds])} AND ${IS_MAIL}`;
  const found = await readAll(api, condition, signal);
  for (const { id } of fresh) memory.changes.add(id);
  return [...mails, ...found];
}

/** Mail that names us in its headers, whatever became of its subject. */
async function readOthers(
  tools: Tools,
  { signal, take }: FeedReadOptions,
  mark: Mark,
): Promise<FeedReading> {
  const visible: Transaction[] = [];
  const reading = await readMarked(tools, {
    mark,
    signal,
    async take(ids) {
      const mails = await inOurQueue(tools, ids, signal);
      visible.push(...mails);
      await takeLetters(tools, mails, { signal, take, isNew: ({ id }) => id > mark.top });
    },
  });
  const newest = visible.at(-1);
  if (newest === undefined) await proveSight(tools, mark.witness, signal);
  const witness = newest?.ticketId ?? mark.witness;
  return { ...reading, mark: { ...reading.mark, witness } };
}

async function inOurQueue(
  { api, memory }: Tools,
  ids: readonly number[],
  signal: AbortSignal,
): Promise<readonly Transaction[]> {
  const known = ids
    .map((id) => memory.letter(id))
    .filter((letter) => letter !== undefined && letter !== 'none')
    .map(({ transaction }) => transaction);
  const unknown = ids.filter((id) => memory.letter(id) === undefined && !memory.others.has(id));
  if (unknown.length === 0) return known;
  const { id: queueId } = await api.queue(signal);
  const condition = `${isInQueue(queueId)} AND ${anyOf('id', unknown)} AND ${IS_MAIL}`;
  const found = await readAll(api, condition, signal);
  const ours = new Set(found.map(({ id }) => id));
  for (const id of unknown) if (!ours.has(id)) memory.others.add(id);
  return [...known, ...found];
}

/**
 * Lists are empty too when a right was taken from us, and RT does not say so.
 * Then nothing of the queue is visible any more, and a ticket that was is refused.
 */
async function proveSight({ api }: Tools, witness: number, signal: AbortSignal): Promise<void> {
  if (witness === 0) return;
  const { id: queueId } = await api.queue(signal);
  if ((await newestOf(api, isInQueue(queueId), signal)) === undefined) {
    await api.ticket(witness, signal);
  }
}
