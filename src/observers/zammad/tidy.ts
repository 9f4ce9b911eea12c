import { recogniseTokens } from '../../domain/token-text.ts';
import type { TokenKeys } from '../../domain/token.ts';
import type { Litter, TidyManner, TidyResult } from '../observer.ts';
import type { Api } from './api.ts';
import type { ZammadConfig } from './config.ts';
import { isLetter, placeOf, type Article } from './reply.ts';

const EXTERNAL_ID = /^\d{1,15}$/;

/**
 * Closes or deletes the ticket of a canary, after it was read again. One into which a person merged
 * other people's mail is left alone. One in spam is never closed: that would take it out of spam.
 */
export async function tidyAway(
  tools: {
    readonly api: Api;
    readonly keys: TokenKeys;
    readonly spam: ZammadConfig['spam'];
  },
  litter: Litter,
  options: { readonly manner: TidyManner; readonly signal: AbortSignal },
): Promise<TidyResult> {
  const { api, keys } = tools;
  const { manner, signal } = options;
  if (!EXTERNAL_ID.test(litter.externalId)) return 'gone';
  const id = Number(litter.externalId);
  const ticket = await api.ticket(id, signal);
  if (ticket === undefined) return 'gone';
  const letters = (await api.articles(id, signal)).filter(isLetter);
  const carries = (text: string): boolean =>
    recogniseTokens(text, keys).tokens.some(({ token }) => token === litter.token.token);
  const isOurs = ({ subject, message_id: messageId, body }: Article): boolean =>
    [subject, messageId, body].some(carries);
  if (letters.length === 0 || !letters.every(isOurs)) return 'not_ours';
  if (manner === 'delete') return (await api.remove(id, signal)) ? 'done' : 'gone';
  if (placeOf(ticket, tools) !== 'inbox') return 'done';
  return (await api.close(id, signal)) ? 'done' : 'gone';
}
