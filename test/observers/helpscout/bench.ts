import { silentLogger } from '../../../src/base/logger.ts';
import { createSystemRandom } from '../../../src/base/system.ts';
import { HelpscoutConfig } from '../../../src/observers/helpscout/config.ts';
import {
  createHelpscoutObserver,
  type HelpscoutTools,
} from '../../../src/observers/helpscout/index.ts';
import type { Observer } from '../../../src/observers/observer.ts';
import type { BenchOptions, ObserverBench } from '../../contracts/observer/bench.ts';
import { contractClock } from '../../contracts/observer/looks.ts';
import { TEST_KEYS } from '../../support/test-launch.ts';

/** What the counterpart of the observer can do: a fake, or the sandbox. */
export interface HelpscoutCounterpart {
  readonly port: number;
  readonly mailboxId: number;
  readonly appId: string;
  readonly appSecret: string;
  /** Resolves when the mail is there, in the inbox, closed, or in spam. */
  deliver(message: string, status: 'active' | 'closed' | 'spam'): Promise<unknown>;
  state(): string;
  restart(): Promise<void>;
}

export function helpscoutBench(world: HelpscoutCounterpart): ObserverBench {
  const statuses: Readonly<Record<string, 'closed' | 'spam'>> = { closed: 'closed', spam: 'spam' };
  return {
    port: world.port,
    secrets: [world.appSecret, 'planted-token'],
    create: (options) => helpscoutObserver(world, options),
    async deliver(message, place = 'inbox') {
      await world.deliver(message, statuses[place] ?? 'active');
    },
    state: () => Promise.resolve(world.state()),
    restart: () => world.restart(),
  };
}

export interface HelpscoutObserverOptions extends BenchOptions, Partial<HelpscoutTools> {
  /** Keys of the configuration file, over the usual ones. */
  readonly config?: Readonly<Record<string, unknown>>;
}

export function helpscoutObserver(
  world: Pick<HelpscoutCounterpart, 'port' | 'mailboxId' | 'appId' | 'appSecret'>,
  options: HelpscoutObserverOptions = {},
): Observer {
  const { port = world.port, wrongPassword = false, timeoutMs = 10_000 } = options;
  const config = HelpscoutConfig.parse({
    type: 'helpscout',
    url: `http://127.0.0.1:${port}`,
    app_id: world.appId,
    app_secret: wrongPassword ? `${world.appSecret}-not` : world.appSecret,
    mailbox_id: world.mailboxId,
    requests_per_minute: 5_000,
    timeout: `${timeoutMs}ms`,
    ...options.config,
  });
  return createHelpscoutObserver('helpdesk', config, {
    clock: options.clock ?? contractClock,
    random: options.random ?? createSystemRandom(),
    keys: options.keys ?? TEST_KEYS,
    logger: options.logger ?? silentLogger,
    ...(options.exchange === undefined ? {} : { exchange: options.exchange }),
  });
}
