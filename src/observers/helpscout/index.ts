import type { Clock } from '../../base/clock.ts';
import type { Logger } from '../../base/logger.ts';
import type { Random } from '../../base/random.ts';
import type { TokenKeys } from '../../domain/token.ts';
import { createHookInbox } from '../feed/hooks.ts';
import { createFeedObserver } from '../feed/observer.ts';
import type { Exchange } from '../http/exchange.ts';
import { createHttp, type Http } from '../http/http.ts';
import { shortestPauseMs } from '../http/pace.ts';
import type { Observer } from '../observer.ts';
import { createApi } from './api.ts';
import { checkInbox } from './check.ts';
import type { HelpscoutConfig } from './config.ts';
import { createHelpscoutFeed } from './feed.ts';
import { createHookReader, createTestHook } from './hook.ts';
import { createLogin, type Login } from './login.ts';
import { STAMP_QUANTUM_MS } from './reply.ts';
import { tidyAway } from './tidy.ts';

export interface HelpscoutTools {
  readonly clock: Clock;
  readonly random: Random;
  readonly keys: TokenKeys;
  readonly logger: Logger;
  /** Default: connections of its own. */
  readonly exchange?: Exchange;
}

/** Both lists and the source of a canary. */
const REQUESTS_PER_LOOK = 3;

/** Looks for canaries in an inbox of Help Scout; changes nothing unless it is asked to tidy. */
export function createHelpscoutObserver(
  name: string,
  config: HelpscoutConfig,
  tools: HelpscoutTools,
): Observer {
  const { clock, keys } = tools;
  const { webhookSecret, mailboxId, indexLagMs } = config;
  const lasting = [config.appSecret, webhookSecret].filter((known) => known !== undefined);
  const http: Http = createHttp({
    baseUrl: config.url,
    timeoutMs: config.timeoutMs,
    requestsPerMinute: config.requestsPerMinute,
    secrets: () => [...lasting, ...keys, ...login.secrets()],
    remainingHeader: 'x-ratelimit-remaining-minute',
    limitHeader: 'x-ratelimit-limit-minute',
    clock,
    ...(tools.exchange === undefined ? {} : { exchange: tools.exchange }),
  });
  const login: Login = createLogin(config, http, clock);
  const api = createApi(http, login, mailboxId);
  const options = {
    name,
    type: 'helpscout',
    what: config.url.host,
    capabilities: {
      minPauseMs: shortestPauseMs(config, REQUESTS_PER_LOOK),
      indexLagMs,
      stampQuantumMs: STAMP_QUANTUM_MS,
      metered: {
        lookEveryMs: config.lookEveryMs,
        requestsPerMinute: config.requestsPerMinute,
      },
    },
    feed: createHelpscoutFeed({ clock, keys, api, http, login, indexLagMs, mailboxId }),
    hooks:
      webhookSecret === undefined
        ? undefined
        : createHookInbox(createHookReader(webhookSecret, keys)),
    control: config.control,
    testHook: webhookSecret === undefined ? undefined : () => createTestHook(webhookSecret),
    close: () => http.close(),
  };
  return createFeedObserver(
    {
      ...options,
      check: (signal) => checkInbox(config, { api, http, clock }, signal),
      tidy: (litter, wish) => tidyAway({ api, keys }, litter, wish),
    },
    tools,
  );
}
