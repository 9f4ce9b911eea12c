import { expect, it, onTestFinished } from 'vitest';
import { silentLogger } from '../../src/base/logger.ts';
import { createGrid } from '../../src/domain/schedule.ts';
import { createLookBook } from '../../src/engine/look-book.ts';
import { createOverview } from '../../src/engine/overview.ts';
import { openEntry } from '../../src/engine/roster.ts';
import { openLedger } from '../../src/ledger/open.ts';
import { WebhookConfig } from '../../src/observers/webhook/config.ts';
import { createWebhookObserver } from '../../src/observers/webhook/index.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { createFakeRandom } from '../support/fake-random.ts';
import { TEST_KEYS, TEST_POLICY, TEST_ROUTE } from '../support/test-launch.ts';

it('an observer that only hears has no horizon, also where one of its name could look before', async () => {
  const clock = createFakeClock();
  const ledger = await openLedger({ url: 'sqlite::memory:' }, { clock, logger: silentLogger });
  onTestFinished(() => ledger.close());
  const fields = { id: 'id', subject: 'subject' };
  const observer = createWebhookObserver(
    TEST_ROUTE.observer,
    WebhookConfig.parse({ type: 'webhook', webhook_secret: 'between-us', fields }),
    { clock, random: createFakeRandom(1), keys: TEST_KEYS },
  );
  const observers = new Map([[observer.name, observer]]);
  await ledger.recordLook({
    ...{ observer: observer.name, horizon: clock.now(), cursor: null, facts: [] },
  });
  const order = {
    ...{
      route: TEST_ROUTE,
      policy: TEST_POLICY,
      profile: 'automatic' as const,
      launchWindowMs: 30_000,
    },
    ...{ from: 'canary@probe.example', to: 'support@example.test' },
  } as const;
  const cadence = createGrid(60_000, 0);
  const entry = await openEntry({ order, cadence, maintenance: [] }, ledger);

  const overview = createOverview(new Map([[TEST_ROUTE.probe, entry]]), {
    ...{ clock, ledger, observers, usualLoss: 0.0005 },
  });
  const looks = createLookBook({ clock, ledger, observers, ...overview });

  expect(overview.probes()).toMatchObject([{ pushOnly: true, horizon: null, stragglers: 0 }]);
  expect(looks.statuses()).toMatchObject([{ pushOnly: true, horizon: null, failure: null }]);
});
