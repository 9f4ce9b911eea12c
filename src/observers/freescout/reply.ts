import * as z from 'zod';
import type { Place, Stamp } from '../../domain/sighting.ts';
import type { FeedItem } from '../feed/feed.ts';

const Id = z.union([z.int().nonnegative(), z.string().regex(/^\d{1,18}$/)]).transform(String);
const Text = z
  .string()
  .nullish()
  .catch('')
  .transform((text) => text ?? '');

/** A message of a conversation; only those of `type` customer came by mail from outside. */
const Thread = z.object({ id: Id, type: Text, state: Text, createdAt: Text, body: Text });
export type Thread = z.output<typeof Thread>;

export const Conversation = z.object({
  id: Id,
  subject: Text,
  status: Text,
  state: Text,
  createdAt: Text,
  mailboxId: Id.optional().catch(undefined),
  _embedded: z.object({ threads: z.array(Thread).default([]) }).optional(),
});
export type Conversation = z.output<typeof Conversation>;

/** HAL; `_embedded` may be absent where there is nothing. */
export const ConversationPage = z.object({
  _embedded: z.object({ conversations: z.array(Conversation).default([]) }).optional(),
  page: z.object({ totalPages: z.int().nonnegative() }),
});

const Mailbox = z.object({ id: Id, name: Text, email: Text });
export const MailboxPage = z.object({
  _embedded: z.object({ mailboxes: z.array(Mailbox).default([]) }).optional(),
});

/** What a webhook carries: the conversation. */
export const HookPayload = z.looseObject({ id: Id });

export function placeOf({ state, status }: Conversation): Place {
  if (state.toLowerCase() === 'deleted') return 'trash';
  switch (status.toLowerCase()) {
    case 'spam':
      return 'spam';
    case 'closed':
      return 'closed';
    default:
      return 'inbox';
  }
}

const QUANTUM_MS = 1_000;
/** Whether whole seconds are cut off or rounded is documented nowhere: T +/- one quantum (semantics B3). */
export const STAMP_QUANTUM_MS = 2 * QUANTUM_MS;

function stampOf({ createdAt }: Thread): Stamp | null {
  const at = Date.parse(createdAt);
  if (Number.isNaN(at)) return null;
  return { at: at - QUANTUM_MS, quantumMs: STAMP_QUANTUM_MS, source: 'thread.createdAt' };
}

/** What came by mail, oldest first; notes, answers of agents and drafts are left out. */
export function lettersIn(conversation: Conversation): readonly Thread[] {
  const threads = conversation._embedded?.threads ?? [];
  return threads
    .filter((thread) => thread.type === 'customer' && thread.state !== 'draft')
    .sort((a, b) => Number(a.id) - Number(b.id));
}

/** The API shows no headers: that a mail answers another is told by its place in the conversation. */
export function itemsOf(conversation: Conversation): readonly FeedItem[] {
  return lettersIn(conversation).map((thread, index) => ({
    externalId: `${conversation.id}:${thread.id}`,
    key: thread.id,
    place: placeOf(conversation),
    stamp: stampOf(thread),
    headers: new Map([
      ['subject', [conversation.subject]],
      ...(index === 0 ? [] : [['in-reply-to', ['an earlier thread']] as const]),
    ]),
    text: thread.body,
    isWhole: false,
  }));
}
