import { onTestFinished } from 'vitest';
import { createSystemRandom } from '../../../src/base/system.ts';
import { JmapConfig } from '../../../src/observers/jmap/config.ts';
import { createJmapObserver } from '../../../src/observers/jmap/index.ts';
import type { Observer } from '../../../src/observers/observer.ts';
import type { BenchOptions } from '../../contracts/observer/bench.ts';
import { contractClock } from '../../contracts/observer/looks.ts';
import { TEST_KEYS } from '../../support/test-launch.ts';

export interface JmapObserverOptions extends BenchOptions {
  /** Keys of the configuration file, over the usual ones. */
  readonly keys?: Readonly<Record<string, unknown>>;
}

export function jmapObserver(
  user: { readonly user: string; readonly password: string },
  options: JmapObserverOptions,
): Observer {
  const { port = 0, wrongPassword = false, timeoutMs = 10_000 } = options;
  const config = JmapConfig.parse({
    type: 'jmap',
    url: `http://127.0.0.1:${port}`,
    user: user.user,
    password: wrongPassword ? `${user.password}-not` : user.password,
    requests_per_minute: 5_000,
    timeout: `${timeoutMs}ms`,
    ...options.keys,
  });
  const tools = { clock: contractClock, random: createSystemRandom(), keys: TEST_KEYS };
  return createJmapObserver('mail', config, tools);
}

/** One that is closed when the test ends. */
export function openJmapObserver(
  user: { readonly user: string; readonly password: string },
  options: JmapObserverOptions,
): Observer {
  const observer = jmapObserver(user, options);
  onTestFinished(() => observer.close());
  return observer;
}
