import { recogniseTokens } from '../../domain/token-text.ts';
import type { TokenKeys } from '../../domain/token.ts';
import type { Litter, TidyManner, TidyResult } from '../observer.ts';
import type { Api } from './api.ts';
import { lettersIn, placeOf } from './reply.ts';

const EXTERNAL_ID = /^(\d{1,15}):(\d{1,15})$/;

/**
 * Closes or deletes the conversation of a canary, after it was read again. One into which a person
 * merged other people's mail is left alone. One in spam is never closed: that would take it out of spam.
 */
export async function tidyAway(
  { api, keys }: { readonly api: Api; readonly keys: TokenKeys },
  litter: Litter,
  { manner, signal }: { readonly manner: TidyManner; readonly signal: AbortSignal },
): Promise<TidyResult> {
  const [, id, threadId] = EXTERNAL_ID.exec(litter.externalId) ?? [];
  const conversation = id === undefined ? undefined : await api.find(id, signal);
  if (conversation === undefined) return 'gone';
  const letters = lettersIn(conversation);
  if (!letters.some((letter) => letter.id === threadId)) return 'gone';
  const carries = (text: string): boolean =>
    recogniseTokens(text, keys).tokens.some(({ token }) => token === litter.token.token);
  const isNamed = carries(conversation.subject);
  if (!letters.every(({ body }, index) => carries(body) || (index === 0 && isNamed))) {
    return 'not_ours';
  }
  if (manner === 'delete') return (await api.remove(conversation.id, signal)) ? 'done' : 'gone';
  if (placeOf(conversation) !== 'inbox') return 'done';
  return (await api.close(conversation.id, signal)) ? 'done' : 'gone';
}
