import type { Clock } from '../../base/clock.ts';
import type { Logger } from '../../base/logger.ts';
import type { Random } from '../../base/random.ts';
import type { TokenKeys } from '../../domain/token.ts';
import type { Feed } from '../feed/feed.ts';
import { headersOfSource } from '../feed/judge.ts';
import { createFeedObserver } from '../feed/observer.ts';
import type { Exchange } from '../http/exchange.ts';
import { parseJson } from '../http/failure.ts';
import { shortestPauseMs } from '../http/pace.ts';
import type { Observer } from '../observer.ts';
import { checkApi } from './check.ts';
import type { HttpApiConfig } from './config.ts';
import type { Expressions } from './expression.ts';
import { createListReader, type ListReader } from './list.ts';
import { readList, type ReadingTools } from './reading.ts';
import { createItemReader, stampQuantum, type ItemReader } from './reply.ts';
import { createRequests } from './requests.ts';

export interface HttpApiTools {
  readonly clock: Clock;
  readonly random: Random;
  readonly keys: TokenKeys;
  readonly logger: Logger;
  readonly expressions: Expressions;
  /** Default: connections of its own. */
  readonly exchange?: Exchange;
}

/** Requests that are left for the lists, whatever else could be asked: only they prove an absence. */
const KEPT_A_LIST = 3;

/**
 * Looks for canaries in any JSON API.
 *
 * @throws MonitorError `config` for an expression that is none.
 */
export function createHttpApiObserver(
  name: string,
  config: HttpApiConfig,
  tools: HttpApiTools,
): Observer {
  const { clock, expressions } = tools;
  const requests = createRequests(config, tools);
  const readItem = createItemReader(config, expressions);
  const what = config.url.host;
  const lists = Object.entries(config.views).map(([view, keys]) =>
    createListReader(view, keys, { what, expressions, readItem, requests }),
  );
  const { indexLagMs } = config;
  const parts = { clock, requests, indexLagMs, config, expressions, readItem, lists };
  return createFeedObserver(
    {
      name,
      type: 'http',
      what,
      capabilities: {
        minPauseMs: shortestPauseMs(config, lists.length + 1),
        indexLagMs,
        stampQuantumMs: config.fields.created_at === undefined ? null : stampQuantum(config),
        metered: {
          lookEveryMs: config.lookEveryMs,
          requestsPerMinute: config.requestsPerMinute,
        },
      },
      feed: createHttpApiFeed(parts),
      check: (signal) => checkApi(config, { clock, requests, lists }, signal),
      control: config.control,
      close: () => requests.http.close(),
    },
    tools,
  );
}

interface Parts extends ReadingTools {
  readonly config: HttpApiConfig;
  readonly expressions: Expressions;
  readonly readItem: ItemReader;
  readonly lists: readonly ListReader[];
}

function createHttpApiFeed(parts: Parts): Feed {
  const { config, requests, lists } = parts;
  const { http } = requests;
  const kept = KEPT_A_LIST * lists.length;
  return {
    views: lists.map((list) => ({ name: list.name, places: list.view.places })),
    read({ name }, options) {
      const list = lists.find((known) => known.name === name);
      if (list === undefined) throw new Error(`there is no view ${name}`);
      return readList(list, parts, options);
    },
    ...(config.source === undefined ? {} : { source: createSource(parts, config.source) }),
    locate: createLocate(parts),
    requests: () => http.requests(),
    spare: () => http.budget.remaining() - kept,
    offset: () => http.offset(),
  };
}

function createSource(
  { requests, expressions }: Parts,
  { path, mail }: NonNullable<HttpApiConfig['source']>,
): NonNullable<Feed['source']> {
  const find = mail === undefined ? undefined : expressions.compile(mail, 'source.mail');
  return async ({ externalId }, signal) => {
    const reply = await requests.byId(path, externalId, signal);
    if (reply === undefined) return undefined;
    if (find === undefined) return headersOfSource(reply.body);
    const text = expressions.within(() => find(parseJson(reply.body)));
    return typeof text === 'string' ? headersOfSource(text) : undefined;
  };
}

/** Without `find` nothing can be said of an earlier copy. */
function createLocate({ config, requests, expressions, readItem, lists }: Parts): Feed['locate'] {
  const { find } = config;
  if (find === undefined) return () => Promise.resolve(undefined);
  const itemOf = expressions.compile(find.item, 'find.item');
  const [usual = 'inbox'] = lists[0]?.view.places ?? [];
  return async (externalId, signal) => {
    const reply = await requests.byId(find.path, externalId, signal);
    if (reply === undefined) return undefined;
    return expressions.within(() => {
      const item = itemOf(parseJson(reply.body));
      return item === null || item === undefined ? undefined : readItem(item, usual).item.place;
    });
  };
}
