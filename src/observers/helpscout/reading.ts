import type { Clock, Instant } from '../../base/clock.ts';
import { readPass, type ListQuery, type Pass, type PassOptions } from '../feed/passes.ts';
import type { Http } from '../http/http.ts';
import type { Api, View } from './api.ts';
import type { Conversation, Thread } from './reply.ts';

export interface ReadingTools {
  readonly clock: Clock;
  readonly api: Pick<Api, 'list'>;
  readonly http: Pick<Http, 'offset'>;
  readonly indexLagMs: number;
}

export interface ReadingOptions extends Omit<PassOptions<unknown>, 'take'> {
  readonly view: View;
  /** On our clock. */
  readonly since: Instant;
  /** Gets each conversation of the list; `threads` is undefined where they have to be asked for. */
  readonly take: (
    conversation: Conversation,
    threads: readonly Thread[] | undefined,
  ) => Promise<void>;
}

/** Reads what was modified since the last pass over a list, 25 conversations a page. */
export function readView(tools: ReadingTools, options: ReadingOptions): Promise<Pass> {
  const { api, ...rest } = tools;
  const { view, take } = options;
  const pass = {
    ...rest,
    async list(query: ListQuery, signal: AbortSignal) {
      const { page: shown, threads } = await api.list({ view, ...query }, signal);
      return {
        items: (shown._embedded?.conversations ?? []).map((conversation) => ({
          id: conversation.id,
          madeAt: Date.parse(conversation.createdAt),
          shown: {
            conversation,
            threads: threads ? conversation._embedded?.threads : undefined,
          },
        })),
        totalPages: shown.page.totalPages,
      };
    },
  };
  return readPass(pass, {
    ...options,
    take: ({ conversation, threads }) => take(conversation, threads),
  });
}
