import { createSystemRandom } from '../../../src/base/system.ts';
import type { Observer } from '../../../src/observers/observer.ts';
import { ZammadConfig } from '../../../src/observers/zammad/config.ts';
import { createZammadObserver, type ZammadTools } from '../../../src/observers/zammad/index.ts';
import type { BenchOptions, ObserverBench } from '../../contracts/observer/bench.ts';
import { contractClock } from '../../contracts/observer/looks.ts';
import type { WorldServer } from '../../support/helpscout-server.ts';
import { TEST_KEYS } from '../../support/test-launch.ts';
import type { ZammadWorld } from '../../support/zammad-world.ts';

export interface ZammadObserverOptions extends BenchOptions, Partial<ZammadTools> {
  /** Keys of the configuration file, over the usual ones. */
  readonly config?: Readonly<Record<string, unknown>>;
}

export function zammadObserver(
  place: { readonly port: number; readonly token: string },
  options: ZammadObserverOptions = {},
): Observer {
  const { port = place.port, wrongPassword = false, timeoutMs = 10_000 } = options;
  const config = ZammadConfig.parse({
    type: 'zammad',
    url: `http://127.0.0.1:${port}`,
    token: wrongPassword ? `${place.token}-not` : place.token,
    spam_groups: ['Junk'],
    requests_per_minute: 5_000,
    timeout: `${timeoutMs}ms`,
    ...options.config,
  });
  return createZammadObserver('helpdesk', config, {
    clock: options.clock ?? contractClock,
    random: options.random ?? createSystemRandom(),
    keys: options.keys ?? TEST_KEYS,
    ...(options.exchange === undefined ? {} : { exchange: options.exchange }),
  });
}

export function zammadBench(world: ZammadWorld, server: WorldServer): ObserverBench {
  const filings: Readonly<Record<string, 'closed' | 'spam' | 'merged'>> = {
    ...{ closed: 'closed', spam: 'spam', other: 'merged' },
  };
  return {
    port: server.port,
    secrets: [world.token],
    create: (options) => zammadObserver({ port: server.port, token: world.token }, options),
    async deliver(message, place = 'inbox') {
      await world.deliver(message, filings[place] ?? 'active');
    },
    state: () => Promise.resolve(world.state()),
    restart: () => server.restart(),
  };
}
