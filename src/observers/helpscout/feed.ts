import type { Clock } from '../../base/clock.ts';
import type { TokenKeys } from '../../domain/token.ts';
import type { Feed, FeedItem, FeedReadOptions, FeedView } from '../feed/feed.ts';
import { headersOfSource, isMarkedText } from '../feed/judge.ts';
import type { Http } from '../http/http.ts';
import type { Api, View } from './api.ts';
import { itemOf, lettersOf } from './letters.ts';
import type { Login } from './login.ts';
import { readView } from './reading.ts';
import { placeOf, type Conversation, type Thread } from './reply.ts';

export interface FeedTools {
  readonly clock: Clock;
  readonly keys: TokenKeys;
  readonly api: Api;
  readonly http: Http;
  readonly login: Login;
  readonly indexLagMs: number;
  readonly mailboxId: number;
}

const VIEWS: readonly (FeedView & { readonly name: View })[] = [
  { name: 'all', places: ['inbox', 'closed'] },
  { name: 'spam', places: ['spam'] },
];
/** Requests that are left for both lists, whatever else could be asked: only they prove an absence. */
const KEPT_FOR_LISTS = 6;

/** The inbox's list and that of spam. */
export function createHelpscoutFeed(tools: FeedTools): Feed {
  const { api, http, login, mailboxId } = tools;
  const source = async (item: FeedItem, signal: AbortSignal) => {
    const [conversationId = '', threadId = ''] = item.externalId.split(':');
    return headersOfSource(await api.source(conversationId, threadId, signal));
  };
  return {
    views: VIEWS,
    // The reply tells the clock by which lists are asked for.
    async begin(signal) {
      await login.header(signal);
    },
    read({ name }, { mark, since, signal, take }) {
      const view = VIEWS.find((known) => known.name === name)?.name ?? 'all';
      return readView(tools, {
        view,
        mark,
        since,
        signal,
        take: (conversation, threads) =>
          takeConversation(tools, { conversation, threads }, { signal, take }),
      });
    },
    source,
    async locate(externalId, signal) {
      const [id = ''] = externalId.split(':');
      const conversation = await api.find(id, signal);
      return conversation === undefined ? undefined : placeOf(conversation);
    },
    /** Read directly, which does not lag. It may be of another inbox. */
    async named(id, { signal, take }) {
      const conversation = await api.find(id, signal);
      if (conversation === undefined || conversation.mailboxId !== String(mailboxId)) return;
      const threads = conversation._embedded?.threads;
      await takeConversation(tools, { conversation, threads }, { signal, take });
    },
    requests: () => http.requests(),
    spare: () => http.budget.remaining() - KEPT_FOR_LISTS,
    offset: () => http.offset(),
  };
}

async function takeConversation(
  { api, keys }: FeedTools,
  shown: {
    readonly conversation: Conversation;
    /** Undefined where they have to be asked for. */
    readonly threads: readonly Thread[] | undefined;
  },
  { signal, take }: Pick<FeedReadOptions, 'signal' | 'take'>,
): Promise<void> {
  const { conversation } = shown;
  const isOurs = (): boolean =>
    isMarkedText(conversation.subject, keys) || isMarkedText(conversation.preview, keys);
  const threads = shown.threads ?? (isOurs() ? await api.threads(conversation.id, signal) : []);
  for (const letter of lettersOf(conversation, threads)) await take(itemOf(letter));
}
