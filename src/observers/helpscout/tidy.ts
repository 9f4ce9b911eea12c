import { recogniseTokens } from '../../domain/token-text.ts';
import type { TokenKeys } from '../../domain/token.ts';
import type { Litter, TidyManner, TidyResult } from '../observer.ts';
import type { Api } from './api.ts';
import { lettersOf } from './letters.ts';
import { placeOf } from './reply.ts';

/** `conversation:thread`, as looks give it. A merge keeps the thread's number. */
const EXTERNAL_ID = /^(\d{1,19}):(\d{1,19})$/;

/**
 * Closes or deletes the conversation of a canary, after it was read again. One
 * into which a person merged other people's mail is left alone. One in spam is
 * never closed: that would take it out of spam, as if it had been recovered.
 */
export async function tidyAway(
  tools: { readonly api: Api; readonly keys: TokenKeys },
  litter: Litter,
  options: { readonly manner: TidyManner; readonly signal: AbortSignal },
): Promise<TidyResult> {
  const { api, keys } = tools;
  const { manner, signal } = options;
  const [, id, threadId] = EXTERNAL_ID.exec(litter.externalId) ?? [];
  if (id === undefined) return 'gone';
  const conversation = await api.find(id, signal);
  if (conversation === undefined || conversation.state === 'deleted') return 'gone';
  const embedded = conversation._embedded?.threads ?? [];
  const threads = embedded.length > 0 ? embedded : await api.threads(conversation.id, signal);
  if (!threads.some((thread) => thread.id === threadId)) return 'gone';
  const letters = lettersOf(conversation, threads);
  const tokensOf = (text: string): readonly string[] =>
    recogniseTokens(text, keys).tokens.map(({ token }) => token);
  const isNamed = tokensOf(conversation.subject).includes(litter.token.token);
  const isOurs = letters.every(({ thread, isFirst }) => {
    const found = tokensOf(thread.body);
    return found.includes(litter.token.token) || (isFirst && isNamed);
  });
  if (letters.length === 0 || !isOurs) return 'not_ours';
  if (manner === 'delete') return (await api.remove(conversation.id, signal)) ? 'done' : 'gone';
  if (placeOf(conversation) !== 'inbox') return 'done';
  return (await api.close(conversation.id, signal)) ? 'done' : 'gone';
}
