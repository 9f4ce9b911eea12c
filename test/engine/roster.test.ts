import { expect, it } from 'vitest';
import { launchCanary } from '../../src/domain/canary.ts';
import { createGrid } from '../../src/domain/schedule.ts';
import { note, openEntry, remembered } from '../../src/engine/roster.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { openTestLedger } from '../support/test-ledger.ts';
import { TEST_POLICY, TEST_ROUTE, testLaunch } from '../support/test-launch.ts';

it('remembers 30 canaries a probe, and a few of each where there are many probes', () => {
  const counts = [1, 100, 200, 1_000, 10_000].map((probes) => [probes, remembered(probes)]);

  expect(counts).toEqual([
    [1, 30],
    [100, 30],
    [200, 25],
    [1_000, 5],
    [10_000, 4],
  ]);
});

it('remembers the newest launches, newest first, whatever order they are told in', async () => {
  const clock = createFakeClock();
  const ledger = await openTestLedger(clock);
  const mail = { from: 'a@example.org', to: 'b@example.test', profile: 'automatic' } as const;
  const order = { route: TEST_ROUTE, ...mail, policy: TEST_POLICY, launchWindowMs: 60_000 };
  const entry = await openEntry({ order, cadence: createGrid(60_000, 0), maintenance: [] }, ledger);
  await ledger.close();
  const launches = [3, 1, 5, 2, 4].map((sequence) =>
    testLaunch({ sequence, launchedAt: clock.now() + sequence }),
  );

  for (const launch of launches) note(entry, launchCanary(launch), 3);

  expect(entry.latest.map(({ canary }) => canary.launch.sequence)).toEqual([5, 4, 3]);
});
