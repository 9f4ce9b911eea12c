/** Seconds of the helpdesk's own clock, as it shows them: no fraction. */
export type Seconds = number;

export type Status = 'active' | 'closed' | 'pending' | 'spam';

/** One mail of a customer in a conversation. */
export interface Thread {
  readonly id: number;
  readonly createdAt: Seconds;
  readonly from: string;
  readonly name: string;
  readonly to: string;
  readonly body: string;
  readonly raw: Buffer;
}

/** Never changed, always replaced: lists show old ones for a while. */
export interface Conversation {
  readonly id: number;
  readonly number: number;
  readonly subject: string;
  readonly status: Status;
  readonly state: 'published' | 'deleted';
  readonly createdAt: Seconds;
  readonly modifiedAt: Seconds;
  readonly closedAt: Seconds | null;
  /** Oldest first; at least one. */
  readonly threads: readonly Thread[];
}

/** ISO 8601 in UTC, whole seconds: `2026-11-24T02:00:41Z`. */
export function isoSeconds(seconds: Seconds): string {
  return new Date(seconds * 1_000).toISOString().replace(/\.\d+Z$/, 'Z');
}

export interface View {
  readonly conversation: Conversation;
  /** `http://127.0.0.1:PORT` */
  readonly base: string;
  readonly mailboxId: number;
  readonly embedThreads?: boolean;
}

const customerId = (thread: Thread): number => 238_000_000 + (thread.id % 1_000_000);

/** A conversation as the API shows it. */
export function conversationView(view: View): object {
  const { conversation, base, mailboxId } = view;
  const { id, threads, closedAt } = conversation;
  const first = threads[0];
  const customer = {
    id: first === undefined ? 0 : customerId(first),
    type: 'customer',
    first: first?.name ?? '',
    last: '',
    email: first?.from ?? '',
  };
  const self = `${base}/v2/conversations/${id}`;
  return {
    id,
    number: conversation.number,
    threads: threads.length,
    type: 'email',
    folderId: 493,
    status: conversation.status,
    state: conversation.state,
    subject: conversation.subject,
    preview: (threads.at(-1)?.body ?? '').slice(0, 185),
    mailboxId,
    createdBy: customer,
    createdAt: isoSeconds(conversation.createdAt),
    ...(closedAt === null ? {} : { closedBy: 17, closedAt: isoSeconds(closedAt) }),
    userUpdatedAt: isoSeconds(conversation.modifiedAt),
    customerWaitingSince: {
      time: isoSeconds(conversation.createdAt),
      friendly: 'a while ago',
      latestReplyFrom: 'customer',
    },
    source: { type: 'email', via: 'customer' },
    tags: [],
    cc: [],
    bcc: [],
    primaryCustomer: customer,
    customFields: [],
    ...(view.embedThreads === true
      ? { _embedded: { threads: threads.map((thread) => threadView(thread, base)).reverse() } }
      : {}),
    _links: {
      mailbox: { href: `${base}/v2/mailboxes/${mailboxId}` },
      threads: { href: `${self}/threads/` },
      self: { href: self },
    },
  };
}

/** A thread as the API shows it. There is no Message-ID in it. */
export function threadView(thread: Thread, base: string): object {
  const id = customerId(thread);
  const customer = { id, type: 'customer', first: thread.name, last: '', email: thread.from };
  return {
    id: thread.id,
    type: 'customer',
    status: 'active',
    state: 'published',
    action: { type: 'default', associatedEntities: {} },
    body: thread.body,
    source: { type: 'email', via: 'customer' },
    customer,
    createdBy: customer,
    to: [thread.to],
    cc: [],
    bcc: [],
    createdAt: isoSeconds(thread.createdAt),
    _embedded: { attachments: [] },
    _links: { createdByCustomer: { href: `${base}/v2/customers/${id}` } },
  };
}
