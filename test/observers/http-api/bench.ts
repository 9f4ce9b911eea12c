import { silentLogger } from '../../../src/base/logger.ts';
import { createSystemRandom } from '../../../src/base/system.ts';
import { HttpApiConfig } from '../../../src/observers/http-api/config.ts';
import { loadExpressions } from '../../../src/observers/http-api/expression.ts';
import { createHttpApiObserver, type HttpApiTools } from '../../../src/observers/http-api/index.ts';
import type { Observer } from '../../../src/observers/observer.ts';
import { contractClock } from '../../contracts/observer/looks.ts';
import { TEST_KEYS } from '../../support/test-launch.ts';

const expressions = await loadExpressions();

/** An observer by keys of the configuration file. */
export function httpApiObserver(
  keys: Readonly<Record<string, unknown>>,
  tools: Partial<HttpApiTools> = {},
): Observer {
  const config = HttpApiConfig.parse({ type: 'http', requests_per_minute: 5_000, ...keys });
  return createHttpApiObserver('desk', config, {
    clock: contractClock,
    random: createSystemRandom(),
    keys: TEST_KEYS,
    logger: silentLogger,
    expressions,
    ...tools,
  });
}
