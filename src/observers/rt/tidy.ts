import { MonitorError } from '../../base/errors.ts';
import type { Place } from '../../domain/sighting.ts';
import { recogniseTokens } from '../../domain/token-text.ts';
import type { TokenKeys } from '../../domain/token.ts';
import type { Headers } from '../letter.ts';
import type { Litter, TidyManner, TidyResult } from '../observer.ts';
import { PAGE_SIZE, type Api } from './api.ts';
import { isMail, placeNow } from './letters.ts';
import { isMailType, type Ticket } from './reply.ts';

export interface TidyTools {
  readonly api: Api;
  readonly keys: TokenKeys;
  readonly what: string;
  readonly statuses: Readonly<Record<string, Place>>;
}

/** `ticket:transaction`, as looks give it. */
const EXTERNAL_ID = /^(\d{1,15}):(\d{1,15})$/;

/**
 * Resolves or deletes the ticket of a canary, after it was read again: each
 * mail in it must carry this token. One in which somebody wrote, into which
 * other mail was merged, or that was merged into another, is left alone.
 */
export async function tidyAway(
  tools: TidyTools,
  litter: Litter,
  options: { readonly manner: TidyManner; readonly signal: AbortSignal },
): Promise<TidyResult> {
  const { api } = tools;
  const { manner, signal } = options;
  const [, ticketId, transactionId] = EXTERNAL_ID.exec(litter.externalId) ?? [];
  if (ticketId === undefined) return 'gone';
  const ticket = await api.ticket(Number(ticketId), signal);
  if (ticket === undefined || ticket.status === 'deleted') return 'gone';
  const ownership = await readOwnership(tools, ticket, {
    token: litter.token.token,
    transactionId: Number(transactionId),
    signal,
  });
  if (ownership !== 'ours') return ownership;
  if (manner === 'delete') return remove(tools, ticket.id, signal);
  const place = await placeNow(ticket, tools, signal);
  return place === 'inbox' ? close(tools, ticket.id, signal) : 'done';
}

async function readOwnership(
  { api, keys }: TidyTools,
  ticket: Ticket,
  wish: { readonly token: string; readonly transactionId: number; readonly signal: AbortSignal },
): Promise<'ours' | 'gone' | 'not_ours'> {
  const { token, transactionId, signal } = wish;
  const history = await api.history(ticket.id, signal);
  const isLong = history.length === PAGE_SIZE;
  if (!isLong && !history.some(({ id }) => id === transactionId)) return 'gone';
  if (ticket.effectiveId !== ticket.id || isLong) return 'not_ours';
  const written = history.filter(({ type }) => type === 'Comment' || isMailType(type));
  const headers = await api.headers(
    written.map(({ id }) => id),
    signal,
  );
  const isOurs = written.every(({ id, type }) => {
    const found = headers.get(id) ?? new Map<string, readonly string[]>();
    return isMailType(type) && isMail({ headers: found }) && carries(found, token, keys);
  });
  return written.length > 0 && isOurs ? 'ours' : 'not_ours';
}

function carries(headers: Headers, token: string, keys: TokenKeys): boolean {
  return [...headers.values()].some((values) =>
    recogniseTokens(values.join('\n'), keys).tokens.some((found) => found.token === token),
  );
}

async function remove(
  { api, what }: TidyTools,
  id: number,
  signal: AbortSignal,
): Promise<TidyResult> {
  if (await api.remove(id, signal)) return 'done';
  const ticket = await api.ticket(id, signal);
  if (ticket === undefined || ticket.status === 'deleted') return 'gone';
  throw refused(`${what}: RT did not delete ticket ${id}; the user needs the right DeleteTicket`);
}

/** RT answers 200 where it refuses: whether it was done is seen afterwards. */
async function close(tools: TidyTools, id: number, signal: AbortSignal): Promise<TidyResult> {
  const { api, what } = tools;
  const said = await api.setStatus(id, 'resolved', signal);
  const ticket = await api.ticket(id, signal);
  if (ticket === undefined || ticket.status === 'deleted') return 'gone';
  if ((await placeNow(ticket, tools, signal)) !== 'inbox') return 'done';
  throw refused(
    `${what}: RT did not resolve ticket ${id} (${said.slice(0, 100)}); the user needs the right ModifyTicket`,
  );
}

function refused(message: string): MonitorError {
  return new MonitorError(message.replace(/\s+/g, ' '), { reason: 'refused', retryable: false });
}
