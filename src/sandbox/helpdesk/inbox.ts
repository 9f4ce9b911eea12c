import type { Clock, Instant } from '../../base/clock.ts';
import type { Dials } from '../dials.ts';
import type { Accepted } from '../queue.ts';
import type { Cause } from '../truth.ts';
import type { Conversation, Status } from './conversation.ts';
import { toThread } from './letter.ts';
import { createVersions } from './versions.ts';

/** Why a conversation was replaced: the event of a webhook. */
export type Change =
  | 'convo.created'
  | 'convo.customer.reply.created'
  | 'convo.status'
  | 'convo.deleted'
  | 'convo.merged';

/** The conversations, as the database has them and as the search index has them. */
export interface Inbox {
  /** Makes a conversation or a thread of a mail; answers `conversation/thread`. */
  receive(accepted: Accepted, place: 'inbox' | 'spam', cause: Cause): string;
  find(id: number): Conversation | undefined;
  /** The id that a merged conversation has now. */
  mergedInto(id: number): number | undefined;
  /** Every conversation as the index has it: as it was `lag` ago. */
  indexed(): readonly Conversation[];
  setStatus(id: number, status: Status): void;
  remove(id: number): void;
  /** Puts the threads of one conversation into another; the old id redirects. */
  merge(from: number, into: number): void;
  /** The helpdesk's clock, in milliseconds. */
  now(): Instant;
  onChange(listener: (conversation: Conversation, change: Change) => void): void;
}

const FIRST_CONVERSATION = 100_200_300;
const FIRST_THREAD = 456_000_000;
const FIRST_NUMBER = 15_473;

export function createInbox(dials: Dials, clock: Clock): Inbox {
  const versions = createVersions(clock);
  const merged = new Map<number, number>();
  const postman = createPostman(dials, clock, (id) => versions.find(id));
  const listeners = new Set<(conversation: Conversation, change: Change) => void>();
  const now = (): Instant => clock.now() + dials.read().helpdesk.offset;

  function put(known: Conversation, change: Change): void {
    const conversation = { ...known, modifiedAt: Math.floor(now() / 1_000) };
    versions.put(conversation);
    for (const listener of listeners) listener(conversation, change);
  }

  return {
    now,
    find: (id) => versions.find(id),
    mergedInto: (id) => merged.get(id),
    indexed: () => versions.asOf(dials.read().helpdesk.lag),
    onChange: (listener) => void listeners.add(listener),
    receive(accepted, place, cause) {
      const known = postman.continued(accepted, cause);
      const conversation = postman.file(accepted, known, place);
      put(conversation, known === undefined ? 'convo.created' : 'convo.customer.reply.created');
      return `${conversation.id}/${conversation.threads.at(-1)?.id ?? 0}`;
    },
    setStatus(id, status) {
      const known = versions.find(id);
      if (known === undefined) return;
      const closedAt = status === 'closed' ? Math.floor(now() / 1_000) : null;
      put({ ...known, status, closedAt }, 'convo.status');
    },
    remove(id) {
      const known = versions.find(id);
      if (known !== undefined) put({ ...known, state: 'deleted' }, 'convo.deleted');
    },
    merge(from, into) {
      const [old, target] = [versions.find(from), versions.find(into)];
      if (old === undefined || target === undefined || from === into) return;
      const threads = [...target.threads, ...old.threads].sort((a, b) => a.createdAt - b.createdAt);
      versions.delete(from);
      merged.set(from, into);
      postman.redirect(from, into);
      put({ ...target, threads }, 'convo.merged');
    },
  };
}

/** Decides where a mail goes and makes the conversation of it. */
interface Postman {
  /** The conversation that a mail goes on with: the one it answers, or its first copy's. */
  continued(accepted: Accepted, cause: Cause): Conversation | undefined;
  file(accepted: Accepted, known: Conversation | undefined, place: 'inbox' | 'spam'): Conversation;
  redirect(from: number, into: number): void;
}

function createPostman(
  dials: Dials,
  clock: Clock,
  find: (id: number) => Conversation | undefined,
): Postman {
  const byMessageId = new Map<string, number>();
  const last = { conversation: 0, thread: 0 };

  return {
    continued({ mail }, cause) {
      const asThread = cause !== 'delivery' && dials.read().helpdesk.copies === 'thread';
      const ids = asThread && mail.messageId !== null ? [mail.messageId] : mail.answers;
      const known = ids.map((id) => find(byMessageId.get(id) ?? 0));
      return known.find((conversation) => conversation?.state === 'published');
    },
    file(accepted, known, place) {
      const { helpdesk, smtp } = dials.read();
      const at = helpdesk.stamp === 'ingested' ? clock.now() : accepted.acceptedAt;
      last.thread += 1;
      const thread = toThread(accepted, FIRST_THREAD + last.thread, {
        createdAt: at + helpdesk.offset,
        serverTime: accepted.acceptedAt + smtp.offset,
      });
      if (known === undefined) last.conversation += 1;
      const { subject, messageId } = accepted.mail;
      const base: Conversation = known ?? {
        id: FIRST_CONVERSATION + last.conversation,
        number: FIRST_NUMBER + last.conversation,
        subject,
        status: place === 'spam' ? 'spam' : 'active',
        state: 'published',
        createdAt: thread.createdAt,
        modifiedAt: thread.createdAt,
        closedAt: null,
        threads: [],
      };
      if (messageId !== null && !byMessageId.has(messageId)) byMessageId.set(messageId, base.id);
      // a customer's reply opens a closed conversation again
      const status = base.status === 'spam' ? 'spam' : 'active';
      return { ...base, status, threads: [...base.threads, thread] };
    },
    redirect(from, into) {
      for (const [messageId, id] of byMessageId) if (id === from) byMessageId.set(messageId, into);
    },
  };
}
