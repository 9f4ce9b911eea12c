import type { Place } from '../../domain/sighting.ts';
import type { FeedItem, FeedReadOptions } from '../feed/feed.ts';
import { PAGE_SIZE, type Api } from './api.ts';
import type { Letter, Memory } from './memory.ts';
import { anyOf } from './reading.ts';
import { placeOf, stampOf, type Ticket, type Transaction } from './reply.ts';

export interface LetterTools {
  readonly api: Api;
  readonly memory: Memory;
  /** Status to place, of the configuration. */
  readonly statuses: Readonly<Record<string, Place>>;
}

type Taking = Pick<FeedReadOptions, 'signal' | 'take'>;

/**
 * Gives the mails that came with transactions, with their headers and where
 * they are now. What is not known yet is asked for at once for all of them.
 * `isNew` says whether a look may be the first that sees a transaction: what is deleted by then
 * was put away as it came; anything else that is deleted was cleaned away.
 */
export async function takeLetters(
  tools: LetterTools,
  transactions: readonly Transaction[],
  options: Taking & { readonly isNew: (transaction: Transaction) => boolean },
): Promise<void> {
  const { memory } = tools;
  const { signal, take, isNew } = options;
  await learnLetters(tools, transactions, signal);
  const letters = transactions
    .map(({ id }) => memory.letter(id))
    .filter((letter) => letter !== undefined && letter !== 'none');
  await learnPlaces(tools, letters, { signal, isNew });
  for (const letter of letters) {
    const place = memory.place(letter.transaction.ticketId);
    if (place !== undefined && place !== 'gone') await take(itemOf(letter, place));
  }
}

/** Where tickets are now, after a change. */
export async function refreshPlaces(
  { api, memory, statuses }: LetterTools,
  ticketIds: readonly number[],
  signal: AbortSignal,
): Promise<void> {
  const found: Ticket[] = [];
  for (let first = 0; first < ticketIds.length; first += PAGE_SIZE) {
    const some = ticketIds.slice(first, first + PAGE_SIZE);
    found.push(...(await api.tickets(anyOf('id', some), signal)));
  }
  const byId = new Map(found.map((ticket) => [ticket.id, ticket]));
  for (const id of ticketIds) {
    const ticket = byId.get(id);
    const place = ticket && (await placeNow(ticket, { api, statuses }, signal));
    memory.setPlace(id, place ?? 'gone');
  }
}

/** By its status, whatever lifecycle it has. */
export async function placeNow(
  ticket: Ticket,
  { api, statuses }: Pick<LetterTools, 'api' | 'statuses'>,
  signal: AbortSignal,
): Promise<Place> {
  const known = placeOf(ticket.status, statuses);
  if (known !== undefined) return known;
  const inactive = `id = ${ticket.id} AND Status = '__Inactive__'`;
  return (await api.tickets(inactive, signal)).length > 0 ? 'closed' : 'inbox';
}

async function learnLetters(
  { api, memory }: LetterTools,
  transactions: readonly Transaction[],
  signal: AbortSignal,
): Promise<void> {
  const unknown = transactions.filter(({ id }) => memory.letter(id) === undefined);
  if (unknown.length === 0) return;
  const headers = await api.headers(
    unknown.map(({ id }) => id),
    signal,
  );
  for (const transaction of unknown) {
    const letter = { transaction, headers: headers.get(transaction.id) ?? new Map() };
    memory.setLetter(transaction.id, isMail(letter) ? letter : 'none');
  }
}

/** What people write in the web interface is a transaction with headers too, which RT made. */
export function isMail({ headers }: Pick<Letter, 'headers'>): boolean {
  const [way = 'Email'] = headers.get('x-rt-interface') ?? [];
  return headers.size > 0 && way === 'Email';
}

async function learnPlaces(
  tools: LetterTools,
  letters: readonly Letter[],
  { signal, isNew }: { readonly signal: AbortSignal; readonly isNew: (it: Transaction) => boolean },
): Promise<void> {
  const { api, memory } = tools;
  const unknown = letters.filter(
    ({ transaction }) => memory.place(transaction.ticketId) === undefined,
  );
  const ids = new Set(unknown.map(({ transaction }) => transaction.ticketId));
  await refreshPlaces(tools, [...ids], signal);
  // Also where a change in the same list has told that it is in none: then it was deleted before anybody looked.
  for (const { transaction } of letters) {
    const { ticketId } = transaction;
    if (memory.place(ticketId) !== 'gone' || !isNew(transaction)) continue;
    const ticket = await api.ticket(ticketId, signal);
    if (ticket !== undefined) memory.setPlace(ticketId, await placeNow(ticket, tools, signal));
  }
}

/** The transaction is the copy: it stays what it is when its ticket is merged into another. */
function itemOf({ transaction, headers }: Letter, place: Place): FeedItem {
  return {
    externalId: `${transaction.ticketId}:${transaction.id}`,
    key: String(transaction.id),
    place,
    stamp: stampOf(transaction),
    headers,
    text: '',
    isWhole: true,
  };
}
