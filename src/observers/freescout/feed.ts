import type { Clock } from '../../base/clock.ts';
import type { Feed, FeedReadOptions, FeedView } from '../feed/feed.ts';
import { readPass } from '../feed/passes.ts';
import type { Http } from '../http/http.ts';
import type { Api, View } from './api.ts';
import { itemsOf, placeOf, type Conversation } from './reply.ts';

export interface FeedTools {
  readonly clock: Clock;
  readonly api: Api;
  readonly http: Http;
  readonly mailboxId: number;
}

const LISTS: readonly (FeedView & { readonly name: View })[] = [
  { name: 'all', places: ['inbox', 'closed'] },
  { name: 'spam', places: ['spam'] },
  { name: 'trash', places: ['trash'] },
];
/** Requests that are left for the lists, whatever webhooks named: only they prove an absence. */
const KEPT_FOR_LISTS = 6;

/** The mailbox's conversations, its spam, and what was deleted. The database answers, so nothing lags. */
export function createFreescoutFeed({ clock, api, http, mailboxId }: FeedTools): Feed {
  return {
    views: LISTS,
    read({ name }, options) {
      const view = LISTS.find((known) => known.name === name)?.name ?? 'all';
      return readPass<Conversation>(
        {
          clock,
          http,
          indexLagMs: 0,
          list: (query, signal) => api.list({ view, ...query }, signal),
        },
        { ...options, take: (conversation) => takeThreads(conversation, options) },
      );
    },
    async locate(externalId, signal) {
      const [id = '', threadId] = externalId.split(':');
      const conversation = await api.find(id, signal);
      const isThere = conversation?._embedded?.threads.some((thread) => thread.id === threadId);
      return isThere === true && conversation !== undefined ? placeOf(conversation) : undefined;
    },
    /** It may be of another mailbox. */
    async named(id, options) {
      const conversation = await api.find(id, options.signal);
      if (conversation?.mailboxId === String(mailboxId)) await takeThreads(conversation, options);
    },
    requests: () => http.requests(),
    spare: () => http.budget.remaining() - KEPT_FOR_LISTS,
    offset: () => http.offset(),
  };
}

async function takeThreads(
  conversation: Conversation,
  { take }: Pick<FeedReadOptions, 'take'>,
): Promise<void> {
  for (const item of itemsOf(conversation)) await take(item);
}
