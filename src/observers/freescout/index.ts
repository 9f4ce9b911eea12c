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
import { checkMailbox } from './check.ts';
import type { FreescoutConfig } from './config.ts';
import { createFreescoutFeed } from './feed.ts';
import { createHookReader, createTestHook } from './hook.ts';
import { STAMP_QUANTUM_MS } from './reply.ts';
import { tidyAway } from './tidy.ts';

export interface FreescoutTools {
  readonly clock: Clock;
  readonly random: Random;
  readonly keys: TokenKeys;
  /** Default: connections of its own. */
  readonly exchange?: Exchange;
}

/** The three lists. */
const REQUESTS_PER_LOOK = 3;

/** Looks for canaries in a mailbox of FreeScout; changes nothing unless it is asked to tidy. */
export function createFreescoutObserver(
  name: string,
  config: FreescoutConfig,
  tools: FreescoutTools,
): Observer {
  const { clock, keys } = tools;
  const { apiKey, webhookSecret: secret, mailboxId } = config;
  const http = createHttp({
    baseUrl: config.url,
    timeoutMs: config.timeoutMs,
    requestsPerMinute: config.requestsPerMinute,
    secrets: () => [apiKey, ...(secret === undefined ? [] : [secret]), ...keys],
    clock,
    ...(tools.exchange === undefined ? {} : { exchange: tools.exchange }),
  });
  const api = createApi(http, createKey(apiKey, { headerName: 'x-freescout-api-key' }), config);
  return createFeedObserver(
    {
      name,
      type: 'freescout',
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
      feed: createFreescoutFeed({ clock, api, http, mailboxId }),
      hooks: secret === undefined ? undefined : createHookInbox(createHookReader(secret, keys)),
      check: (signal) => checkMailbox(config, { api, http, clock }, signal),
      tidy: (litter, wish) => tidyAway({ api, keys }, litter, wish),
      control: config.control,
      testHook: secret === undefined ? undefined : () => createTestHook(secret),
      close: () => http.close(),
    },
    tools,
  );
}
