import type { Headers } from '../letter.ts';
import type { FeedItem } from '../feed/feed.ts';
import { placeOf, stampOf, type Conversation, type Thread } from './reply.ts';

/** A thread that came by mail, in its conversation. */
export interface Letter {
  readonly conversation: Conversation;
  readonly thread: Thread;
  /** Later ones answer it, whatever they say. */
  readonly isFirst: boolean;
}

/** The threads that customers wrote, oldest first; notes, answers and line items are none. */
export function lettersOf(
  conversation: Conversation,
  threads: readonly Thread[],
): readonly Letter[] {
  return threads
    .filter(({ type, state }) => type === 'customer' && state !== 'draft')
    .sort((a, b) => a.createdAt.localeCompare(b.createdAt))
    .map((thread, index) => ({ conversation, thread, isFirst: index === 0 }));
}

/** A merge moves a thread to another conversation and keeps its number. */
export function itemOf(letter: Letter): FeedItem {
  const { conversation, thread } = letter;
  return {
    externalId: `${conversation.id}:${thread.id}`,
    key: thread.id,
    place: placeOf(conversation),
    stamp: stampOf(thread),
    headers: shownHeaders(letter),
    text: thread.body,
    isWhole: false,
  };
}

/** The API shows a subject only; that a mail answers another can be seen by its place in the conversation. */
function shownHeaders({ conversation, isFirst }: Letter): Headers {
  const headers = new Map([['subject', [conversation.subject]]]);
  if (!isFirst) headers.set('in-reply-to', ['an earlier thread']);
  return headers;
}
