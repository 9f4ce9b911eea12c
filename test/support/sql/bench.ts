import { silentLogger } from '../../../src/base/logger.ts';
import { createSystemRandom } from '../../../src/base/system.ts';
import type { Observer } from '../../../src/observers/observer.ts';
import { SqlConfig } from '../../../src/observers/sql/config.ts';
import { createSqlObserver, type SqlTools } from '../../../src/observers/sql/index.ts';
import { contractClock } from '../../contracts/observer/looks.ts';
import { TEST_KEYS } from '../test-launch.ts';

/** An observer by keys of the configuration file. */
export function sqlObserver(
  keys: Readonly<Record<string, unknown>>,
  tools: Partial<SqlTools> = {},
): Observer {
  const config = SqlConfig.parse({ type: 'sql', ...keys });
  return createSqlObserver('desk', config, {
    clock: contractClock,
    random: createSystemRandom(),
    keys: TEST_KEYS,
    logger: silentLogger,
    ...tools,
  });
}
