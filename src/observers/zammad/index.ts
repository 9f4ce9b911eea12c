import type { Clock } from '../../base/clock.ts';
import type { Random } from '../../base/random.ts';
import type { TokenKeys } from '../../domain/token.ts';
import { createHookInbox } from '../feed/hooks.ts';
import { createFeedObserver } from '../feed/observer.ts';
import type { Exchange } from '../http/exchange.ts';
import { createHttp } from '../http/http.ts';
import { createKey } from '../http/key.ts';
import { shortestPauseMs } from '../http/pace.ts';
import type { Observer } from '../observer.ts';
import { createApi } from './api.ts';
import { checkTickets } from './check.ts';
import type { ZammadConfig } from './config.ts';
import { createZammadFeed } from './feed.ts';
import { createHookReader, createTestHook } from './hook.ts';
import { STAMP_QUANTUM_MS } from './reply.ts';
import { tidyAway } from './tidy.ts';

export interface ZammadTools {
  readonly clock: Clock;
  readonly random: Random;
  readonly keys: TokenKeys;
  /** Default: connections of its own. */
  readonly exchange?: Exchange;
}

/** The list, and the source of a canary. */
const REQUESTS_PER_LOOK = 2;

/** Looks for canaries among the tickets of a Zammad; changes nothing unless it is asked to tidy. */
export function createZammadObserver(
  name: string,
  config: ZammadConfig,
  tools: ZammadTools,
): Observer {
  const { clock, keys } = tools;
  const { webhookSecret, spam, token } = config;
  const lasting = [token, webhookSecret].filter((known) => known !== undefined);
  const http = createHttp({
    baseUrl: config.url,
    timeoutMs: config.timeoutMs,
    requestsPerMinute: config.requestsPerMinute,
    secrets: () => [...lasting, ...keys],
    clock,
    ...(tools.exchange === undefined ? {} : { exchange: tools.exchange }),
  });
  const api = createApi(http, createKey(token, { prefix: 'Token token=' }));
  return createFeedObserver(
    {
      name,
      type: 'zammad',
      what: config.url.host,
      capabilities: {
        minPauseMs: shortestPauseMs(config, REQUESTS_PER_LOOK),
        indexLagMs: 0,
        stampQuantumMs: STAMP_QUANTUM_MS,
        metered: {
          lookEveryMs: config.lookEveryMs,
          requestsPerMinute: config.requestsPerMinute,
        },
      },
      feed: createZammadFeed({ clock, keys, api, http, spam }),
      hooks:
        webhookSecret === undefined
          ? undefined
          : createHookInbox(createHookReader(webhookSecret, keys)),
      check: (signal) => checkTickets(config, { api, http }, signal),
      tidy: (litter, wish) => tidyAway({ api, keys, spam }, litter, wish),
      control: config.control,
      testHook: webhookSecret === undefined ? undefined : () => createTestHook(webhookSecret),
      close: () => http.close(),
    },
    tools,
  );
}
