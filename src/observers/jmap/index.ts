import type { Clock } from '../../base/clock.ts';
import type { Random } from '../../base/random.ts';
import type { TokenKeys } from '../../domain/token.ts';
import { createFeedObserver } from '../feed/observer.ts';
import { createHttp } from '../http/http.ts';
import { shortestPauseMs } from '../http/pace.ts';
import type { Observer } from '../observer.ts';
import { checkAccount } from './check.ts';
import type { JmapConfig } from './config.ts';
import { createDoor } from './door.ts';
import { createJmapFeed } from './feed.ts';
import { createLogin } from './login.ts';
import { createRoomBook } from './mailboxes.ts';
import { createPush } from './push.ts';
import { STAMP_QUANTUM_MS } from './reply.ts';
import { tidyAway } from './tidy.ts';

export interface JmapTools {
  readonly clock: Clock;
  readonly random: Random;
  readonly keys: TokenKeys;
}

/** Changes and what they are about come in one request. */
const REQUESTS_PER_LOOK = 1;

/** Looks for canaries in a mailbox by JMAP; changes nothing unless it is asked to tidy. */
export function createJmapObserver(name: string, config: JmapConfig, tools: JmapTools): Observer {
  const { clock, random, keys } = tools;
  const login = createLogin(config);
  const http = createHttp({
    baseUrl: new URL(config.url.origin),
    timeoutMs: config.timeoutMs,
    requestsPerMinute: config.requestsPerMinute,
    secrets: () => [...keys, ...login.secrets()],
    clock,
  });
  const door = createDoor(config, { http, login });
  const rooms = createRoomBook(config, door);
  const push = createPush(config, { clock, random, door, login });
  return createFeedObserver(
    {
      name,
      type: 'jmap',
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
      feed: createJmapFeed(config, { clock, keys, http, door, rooms, push }),
      news: (signal) => push.wait(signal),
      check: (signal) => checkAccount(config, { http, door, rooms, push, clock }, signal),
      tidy: (litter, wish) => tidyAway({ config, door, rooms, keys }, litter, wish),
      control: config.control,
      close() {
        push.close();
        http.close();
      },
    },
    tools,
  );
}
