import { silentLogger } from '../../../src/base/logger.ts';
import { createSystemRandom } from '../../../src/base/system.ts';
import type { Look, Observer } from '../../../src/observers/observer.ts';
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

/** Seconds between the stamp of the one sighting and now, after what is known of the database's clock. */
export function stampError(look: Look): number {
  const stamp = look.observations[0]?.stamp;
  const offset = look.clockOffset;
  if (!stamp || offset === undefined) return Number.NaN;
  return Math.abs(stamp.at + stamp.quantumMs / 2 - offset.low - contractClock.now()) / 1_000;
}
