import * as z from 'zod';
import type { Place, Stamp } from '../../domain/sighting.ts';

/** Ids are numbers; some proxies and recordings have them as text. */
const Id = z.union([z.int().nonnegative(), z.string().regex(/^\d{1,19}$/)]).transform(String);
const Text = z.string().catch('');

/** A message of a conversation; only those of `type` customer came by mail from outside. */
export const Thread = z.object({
  id: Id,
  type: Text,
  state: Text,
  createdAt: Text,
  body: Text,
});
export type Thread = z.output<typeof Thread>;

export const Conversation = z.object({
  id: Id,
  subject: z
    .string()
    .nullish()
    .catch('')
    .transform((text) => text ?? ''),
  preview: Text,
  status: Text,
  state: Text,
  createdAt: Text,
  mailboxId: Id.optional().catch(undefined),
  // Undefined where they are absent or cannot be read: then they are asked for, and read strictly.
  _embedded: z
    .object({ threads: z.array(Thread).min(1) })
    .optional()
    .catch(undefined),
});
export type Conversation = z.output<typeof Conversation>;

/** HAL; `_embedded` is absent where there is nothing. */
export const ConversationPage = z.object({
  _embedded: z.object({ conversations: z.array(Conversation) }).optional(),
  page: z.object({
    size: z.int().nonnegative().catch(0),
    totalElements: z.int().nonnegative(),
    totalPages: z.int().nonnegative(),
    number: z.int().nonnegative(),
  }),
});
export type ConversationPage = z.output<typeof ConversationPage>;

export const ThreadPage = z.object({
  _embedded: z.object({ threads: z.array(Thread) }).optional(),
  page: z.object({ totalPages: z.int().nonnegative() }).optional(),
});

export const Mailbox = z.object({ id: Id, name: Text, email: Text });

/** `GET .../original-source` as JSON. */
export const OriginalSource = z.object({ original: z.string() });

/** What a webhook of payload version V2 carries: the conversation. */
export const HookPayload = z.looseObject({ id: Id.optional().catch(undefined) });

/** Threads stay in a deleted conversation until it is purged; a draft is nobody's mail. */
export function placeOf(conversation: Conversation): Place {
  if (conversation.state === 'deleted') return 'trash';
  if (conversation.status === 'spam') return 'spam';
  return conversation.status === 'closed' ? 'closed' : 'inbox';
}

const QUANTUM_MS = 1_000;
/** Whether whole seconds are cut off or rounded is documented nowhere: T +/- one quantum (semantics B3). */
export const STAMP_QUANTUM_MS = 2 * QUANTUM_MS;

/** When Help Scout made the thread; null where that is unreadable. */
export function stampOf(thread: Thread): Stamp | null {
  const at = Date.parse(thread.createdAt);
  if (Number.isNaN(at)) return null;
  return { at: at - QUANTUM_MS, quantumMs: STAMP_QUANTUM_MS, source: 'thread.createdAt' };
}
