/** The inbox of every world. */
export const MAILBOX_ID = 85;
/** Of a list; all others are refused. */
export const LIST_PARAMETERS = [
  ...['mailbox', 'status', 'modifiedSince', 'query'],
  ...['sortField', 'sortOrder', 'page', 'embed'],
];

export interface WorldThread {
  readonly id: number;
  readonly type: string;
  readonly createdAt: number;
  readonly body: string;
  readonly raw: string;
}

export interface WorldConversation {
  readonly id: number;
  readonly subject: string;
  readonly createdAt: number;
  readonly threads: WorldThread[];
  status: 'active' | 'closed' | 'spam';
  state: 'published' | 'deleted';
  modifiedAt: number;
  /** When the search index shows the present modification, on our clock. */
  indexedAt: number;
  mergedInto?: number;
}

/** As the API shows it. */
export function renderConversation(known: WorldConversation, withThreads: boolean): object {
  return {
    id: known.id,
    number: known.id % 10_000,
    threads: known.threads.length,
    type: 'email',
    status: known.status,
    state: known.state,
    subject: known.subject,
    preview: (known.threads[0]?.body ?? '').slice(0, 100),
    mailboxId: MAILBOX_ID,
    createdAt: isoSeconds(known.createdAt),
    ...(withThreads
      ? { _embedded: { threads: known.threads.map((thread) => renderThread(thread)) } }
      : {}),
  };
}

export function renderThread({ id, type, createdAt, body }: WorldThread): object {
  return { id, type, state: 'published', createdAt: isoSeconds(createdAt), body };
}

/** Whole seconds, cut off: `2026-11-24T02:00:41Z`. */
function isoSeconds(at: number): string {
  return new Date(at).toISOString().replace(/\.\d{3}Z$/, 'Z');
}

/** A request as the world sees it, from a socket or from a test. */
export interface WorldRequest {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: string;
}

export interface WorldReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** The one `query` that is known here; undefined for any other. */
export function madeFromOf(query: string | null): number | undefined {
  if (query === null) return 0;
  const from = /^\(createdAt:\[(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ) TO \*\]\)$/.exec(query)?.[1];
  return from === undefined ? undefined : Date.parse(from);
}
