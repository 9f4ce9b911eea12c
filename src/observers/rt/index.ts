import type { Clock } from '../../base/clock.ts';
import type { Logger } from '../../base/logger.ts';
import type { Random } from '../../base/random.ts';
import type { TokenKeys } from '../../domain/token.ts';
import { createFeedObserver } from '../feed/observer.ts';
import { createHttp, type Http } from '../http/http.ts';
import { shortestPauseMs } from '../http/pace.ts';
import type { Observer } from '../observer.ts';
import { createApi } from './api.ts';
import { checkQueue } from './check.ts';
import type { RtConfig } from './config.ts';
import { createRtFeed } from './feed.ts';
import { STAMP_QUANTUM_MS } from './reply.ts';
import { createSession, type Session } from './session.ts';
import { tidyAway } from './tidy.ts';

export interface RtTools {
  readonly clock: Clock;
  readonly random: Random;
  readonly keys: TokenKeys;
  readonly logger: Logger;
}

/** Transactions and marks; headers and status of what is new. */
const REQUESTS_PER_LOOK = 4;

/** Looks for canaries in a queue of Request Tracker; changes nothing unless it is asked to tidy. */
export function createRtObserver(name: string, config: RtConfig, tools: RtTools): Observer {
  const { clock, keys } = tools;
  const { statuses, indexLagMs, token, password } = config;
  const what = config.url.host;
  const lasting = [token, password].filter((known) => known !== undefined);
  const http: Http = createHttp({
    baseUrl: config.url,
    timeoutMs: config.timeoutMs,
    requestsPerMinute: config.requestsPerMinute,
    secrets: () => [...lasting, ...keys, ...session.secrets()],
    clock,
  });
  const session: Session = createSession(config, http);
  const api = createApi(http, session, { queue: config.queue, what });
  return createFeedObserver(
    {
      name,
      type: 'rt',
      what,
      capabilities: {
        minPauseMs: shortestPauseMs(config, REQUESTS_PER_LOOK),
        indexLagMs,
        stampQuantumMs: STAMP_QUANTUM_MS,
        metered: {
          lookEveryMs: config.lookEveryMs,
          requestsPerMinute: config.requestsPerMinute,
        },
      },
      feed: createRtFeed({ clock, api, http, session, statuses, indexLagMs }),
      check: (signal) => checkQueue(config, { api, http, session }, signal),
      tidy: (litter, wish) => tidyAway({ api, keys, what, statuses }, litter, wish),
      control: config.control,
      close: () => http.close(),
    },
    tools,
  );
}
