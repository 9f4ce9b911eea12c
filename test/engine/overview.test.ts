import { expect, it } from 'vitest';
import { apply, launchCanary, type Canary } from '../../src/domain/canary.ts';
import type { Route } from '../../src/domain/probe.ts';
import { createGrid } from '../../src/domain/schedule.ts';
import { createOverview } from '../../src/engine/overview.ts';
import type { Entry } from '../../src/engine/roster.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { TEST_POLICY, TEST_ROUTE, testLaunch } from '../support/test-launch.ts';

const MINUTE = 60_000;
const clock = createFakeClock();
const NOW = clock.now();

/** Accepted so many minutes ago, and missing. */
function missing(minutesAgo: number, route: Partial<Route> = {}): Canary {
  const launchedAt = NOW - minutesAgo * MINUTE;
  const launch = testLaunch({ sequence: minutesAgo, launchedAt, route });
  const at = { low: launchedAt, high: launchedAt };
  const acceptance = { at, queueId: null, serverMessageId: null };
  return apply(launchCanary(launch), { type: 'accepted', acceptance });
}

/** As it stands when the newest arrival was accepted so many minutes ago. */
function statusWith(open: readonly Canary[], newestAgo: number) {
  const mail = { from: 'a@example.org', to: 'b@example.test', profile: 'automatic' } as const;
  const order = { route: TEST_ROUTE, ...mail, policy: TEST_POLICY, launchWindowMs: MINUTE };
  const entry: Entry = {
    assignment: { order, cadence: createGrid(MINUTE, 0), maintenance: [] },
    activatedAt: NOW - 300 * MINUTE,
    pause: null,
    earlierPauses: [],
    servedTick: null,
    newestIngested: { at: NOW - newestAgo * MINUTE, sequence: 1_000 },
    newestAcceptedAt: null,
    lastLatency: null,
    latest: [],
  };
  const overview = createOverview(new Map([['support', entry]]), {
    clock,
    usualLoss: 0.000_5,
    ledger: {
      open: () => open,
      observerState: () => ({ horizon: NOW, cursor: null }),
      lossTrail: () => undefined,
    },
    observers: new Map([
      [
        'helpdesk',
        {
          name: 'helpdesk',
          capabilities: { minPauseMs: 1_000, indexLagMs: 0, push: false, stampQuantumMs: null },
        },
      ],
    ]),
  });
  const [status] = overview.probes();
  return status;
}

it('counts what waits', () => {
  const status = statusWith([missing(14), missing(13), missing(5), missing(4)], 10);

  expect(status).toMatchObject({ stragglers: 2, headWaiting: 2, inFlight: 4, unjudged: 4 });
  expect(status?.headAt).toBe(NOW - 5 * MINUTE);
});

it.each<Partial<Route>>([{ sender: 'old-relay' }, { vantage: 'elsewhere' }, { role: 'control' }])(
  'leaves out what was sent as another series: %o',
  (route) => {
    const others = [missing(14, route), missing(13, route), missing(5, route), missing(4, route)];

    const status = statusWith(others, 10);

    expect(status).toMatchObject({
      ...{ stragglers: 0, headWaiting: 0, inFlight: 0, unjudged: 0, overdue: 0 },
      ...{ headAt: null, oldestInFlightAt: null },
    });
  },
);
