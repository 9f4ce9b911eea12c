import { createSystemRandom } from '../../../src/base/system.ts';
import { FreescoutConfig } from '../../../src/observers/freescout/config.ts';
import {
  createFreescoutObserver,
  type FreescoutTools,
} from '../../../src/observers/freescout/index.ts';
import type { Observer } from '../../../src/observers/observer.ts';
import type { BenchOptions, ObserverBench } from '../../contracts/observer/bench.ts';
import { contractClock } from '../../contracts/observer/looks.ts';
import type { FreescoutWorld } from '../../support/freescout-world.ts';
import type { WorldServer } from '../../support/helpscout-server.ts';
import { TEST_KEYS } from '../../support/test-launch.ts';

export interface FreescoutObserverOptions extends BenchOptions, Partial<FreescoutTools> {
  /** Keys of the configuration file, over the usual ones. */
  readonly config?: Readonly<Record<string, unknown>>;
}

export function freescoutObserver(
  place: { readonly port: number; readonly apiKey: string; readonly mailboxId: number },
  options: FreescoutObserverOptions = {},
): Observer {
  const { port = place.port, wrongPassword = false, timeoutMs = 10_000 } = options;
  const config = FreescoutConfig.parse({
    type: 'freescout',
    url: `http://127.0.0.1:${port}`,
    api_key: wrongPassword ? `${place.apiKey}-not` : place.apiKey,
    mailbox_id: place.mailboxId,
    requests_per_minute: 5_000,
    timeout: `${timeoutMs}ms`,
    ...options.config,
  });
  return createFreescoutObserver('helpdesk', config, {
    clock: options.clock ?? contractClock,
    random: options.random ?? createSystemRandom(),
    keys: options.keys ?? TEST_KEYS,
    ...(options.exchange === undefined ? {} : { exchange: options.exchange }),
  });
}

export function freescoutBench(world: FreescoutWorld, server: WorldServer): ObserverBench {
  const { port } = server;
  const filings: Readonly<Record<string, 'closed' | 'spam' | 'deleted'>> = {
    ...{ closed: 'closed', spam: 'spam', trash: 'deleted' },
  };
  const { apiKey, mailboxId } = world;
  return {
    port,
    secrets: [apiKey],
    create: (options) => freescoutObserver({ port, apiKey, mailboxId }, options),
    async deliver(message, place = 'inbox') {
      await world.deliver(message, filings[place] ?? 'active');
    },
    state: () => Promise.resolve(world.state()),
    restart: () => server.restart(),
  };
}
