import { expect, it } from 'vitest';
import { silentLogger } from '../../src/base/logger.ts';
import { createEngine } from '../../src/engine/engine.ts';
import { openLedger } from '../../src/ledger/open.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { createFakeRandom } from '../support/fake-random.ts';
import { TEST_KEYS, testLaunch } from '../support/test-launch.ts';

const DAY = 86_400_000;

it('a launch cut off by the end of an earlier process is in doubt, and old ones are forgotten daily', async () => {
  const clock = createFakeClock();
  const ledger = await openLedger({ url: 'sqlite::memory:' }, { clock, logger: silentLogger });
  const { id } = (await ledger.launch(testLaunch({ launchedAt: clock.now() }))).launch;
  const engine = createEngine({
    clock,
    random: createFakeRandom(),
    keys: TEST_KEYS,
    ledger,
    logger: silentLogger,
    senders: new Map(),
    observers: new Map(),
    keepMs: 4 * DAY,
  });

  await engine.start();
  expect(await ledger.find(id)).toMatchObject({ doubt: { reason: 'aborted' }, refusal: null });
  for (let day = 1; day <= 6; day += 1) await clock.advance(DAY);

  expect(ledger.open()).toEqual([]);
  expect(await ledger.find(id)).toBeUndefined();
  await engine.stop();
  await ledger.close();
});
