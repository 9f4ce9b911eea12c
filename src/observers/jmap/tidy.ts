import type { TokenKeys } from '../../domain/token.ts';
import type { Litter, TidyManner, TidyResult } from '../observer.ts';
import type { JmapConfig } from './config.ts';
import type { Door } from './door.ts';
import { failureOfCall } from './failure.ts';
import type { RoomBook } from './mailboxes.ts';
import { findingOf, wanted } from './mails.ts';
import { Emails, SetAnswer, type Email } from './reply.ts';

export interface TidyTools {
  readonly config: JmapConfig;
  readonly door: Door;
  readonly rooms: RoomBook;
  readonly keys: TokenKeys;
}

/** RFC 8620 section 1.2. */
const ID = /^[A-Za-z0-9_-]{1,255}$/;

/**
 * Closes or deletes one mail, after it was read again: what an id names never
 * changes (RFC 8621 section 4). One in spam or trash is not moved out of it.
 */
export async function tidyAway(
  tools: TidyTools,
  { externalId: id, token }: Litter,
  { manner, signal }: { readonly manner: TidyManner; readonly signal: AbortSignal },
): Promise<TidyResult> {
  if (!ID.test(id)) return 'gone';
  const answered = await tools.door.ask([['Email/get', wanted([id]), 'e']], signal);
  const email = answered.get('e', Emails).list.find((found) => found.id === id);
  if (email === undefined) return 'gone';
  const finding = await findingOf(email, tools, signal);
  if (finding.type !== 'arrival' || finding.token.token !== token.token) return 'not_ours';
  return manner === 'delete' ? remove(tools, id, signal) : close(tools, email, signal);
}

async function remove(
  { config, door }: TidyTools,
  id: string,
  signal: AbortSignal,
): Promise<TidyResult> {
  const answered = await door.ask([['Email/set', { destroy: [id] }, 'd']], signal);
  const { destroyed, notDestroyed } = answered.get('d', SetAnswer);
  if (destroyed?.includes(id) === true) return 'done';
  return refusal(config, notDestroyed?.[id]?.type);
}

async function close(
  { config, door, rooms }: TidyTools,
  { id, mailboxIds }: Email,
  signal: AbortSignal,
): Promise<TidyResult> {
  const known = await rooms.rooms(signal);
  const archive = known.archive();
  const place = known.placeOf(mailboxIds);
  if (place !== 'inbox' && place !== 'other') return 'done';
  if (mailboxIds.length === 1 && mailboxIds[0] === archive.id) return 'done';
  const change = { mailboxIds: { [archive.id]: true }, 'keywords/$seen': true };
  const answered = await door.ask([['Email/set', { update: { [id]: change } }, 'm']], signal);
  const { updated, notUpdated } = answered.get('m', SetAnswer);
  if (updated !== null && updated !== undefined && id in updated) return 'done';
  return refusal(config, notUpdated?.[id]?.type);
}

function refusal({ url }: JmapConfig, type = 'unknown'): TidyResult {
  if (type === 'notFound') return 'gone';
  throw failureOfCall(url.host, 'Email/set', type);
}
