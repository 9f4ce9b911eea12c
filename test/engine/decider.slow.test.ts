import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { silentLogger } from '../../src/base/logger.ts';
import { createSystemRandom } from '../../src/base/system.ts';
import { createEngine } from '../../src/engine/engine.ts';
import { createLedger } from '../../src/ledger/durable.ts';
import { CoreBench, type Wish } from '../support/core-bench.ts';
import { createShelf, type Shelf } from '../support/shelf.ts';
import { TEST_KEYS, testLaunch } from '../support/test-launch.ts';

const MINUTE = 60_000;

let bench: CoreBench;
beforeEach(() => {
  bench = new CoreBench();
});
afterEach(() => bench.stop());

const status = () => bench.daemon.probes()[0]!;

describe.each<[string, Wish, 'reload' | 'restart']>([
  ['another observer by a reload', { observer: 'other' }, 'reload'],
  ['another observer by a restart', { observer: 'other' }, 'restart'],
  ['another one at the end of its chain', { observer: '[helpdesk, other]' }, 'reload'],
  ['another mailbox under the same name', { url: 'imap://new@127.0.0.1' }, 'restart'],
  ['the same name on another server', { url: 'imap://canary@localhost' }, 'restart'],
])('a probe that gets %s', (_name, wish, change) => {
  it('says nothing of what was on its way to the old one: void and blind, and never late or lost', async () => {
    await bench.start();
    await bench.pass(5 * MINUTE);
    const changedAt = bench.clock.now();
    bench.arrivesAt = wish.observer === undefined ? 'helpdesk' : 'other';

    await bench[change](wish);
    await bench.pass(MINUTE);
    const soon = status();
    await bench.pass(15 * MINUTE);

    expect(soon).toMatchObject({ headWaiting: 0, stragglers: 0, overdue: 0 });
    expect(bench.said({ until: changedAt })).toEqual({
      count: 5,
      verdicts: ['void'],
      outcomes: ['blind'],
    });
    expect(status()).toMatchObject({ headWaiting: 0, stragglers: 0, overdue: 0 });
    const later = bench.said({ from: changedAt, until: bench.clock.now() - MINUTE });
    expect(later.count).toBeGreaterThan(12);
    expect(later.verdicts).toEqual(['on_time']);
  });
});

interface Change {
  readonly before: Wish;
  readonly after: Wish;
  readonly change: 'reload' | 'restart';
}

const CHAINED = { observer: '[mailbox, helpdesk]' };

describe.each<[string, Change]>([
  ['an observer in front', { before: {}, after: CHAINED, change: 'reload' }],
  ['none in front any more', { before: CHAINED, after: {}, change: 'restart' }],
  [
    'another password and a shorter patience',
    { before: {}, after: { keys: 'password: d, timeout: 9s' }, change: 'restart' },
  ],
])('a probe that gets %s', (_name, { before, after, change }) => {
  it('is watched as before: what is missing is overdue', async () => {
    await bench.start(before);
    await bench.pass(5 * MINUTE);
    const changedAt = bench.clock.now();
    bench.arrivesAt = 'helpdesk';

    await bench[change](after);
    await bench.pass(15 * MINUTE);

    expect(bench.said({ until: changedAt })).toEqual({
      count: 5,
      verdicts: ['overdue'],
      outcomes: ['in_flight'],
    });
    expect(status()).toMatchObject({ stragglers: 5, overdue: 5 });
  });
});

/** What runs for one probe by hand: all that is open is judged, and nobody knows how probes are configured. */
async function runAt(site: string, ms: number): Promise<Shelf> {
  const { clock, store } = bench;
  const ledger = await createLedger(store, { clock, logger: silentLogger });
  const shelf = createShelf('helpdesk', clock);
  const engine = createEngine({
    ...{ clock, ledger, logger: silentLogger, random: createSystemRandom(), keys: TEST_KEYS },
    senders: new Map(),
    observers: new Map([['helpdesk', shelf.observer]]),
    sites: new Map([['helpdesk', site]]),
  });
  await engine.start();
  await bench.pass(ms);
  await engine.stop();
  await ledger.close();
  return shelf;
}

it('looks into another place begin anew, and prove nothing of the first, also after it is looked into again', async () => {
  const { clock, store } = bench;
  const ledger = await createLedger(store, { clock, logger: silentLogger });
  const launch = testLaunch({ launchedAt: bench.clock.now(), route: { site: 'old' } });
  const at = { low: bench.clock.now(), high: bench.clock.now() };
  const acceptance = { at, queueId: null, serverMessageId: null };
  await ledger.launch(launch);
  await ledger.append([{ id: launch.id, fact: { type: 'accepted', acceptance } }]);
  await ledger.close();
  const settlement = async () => (await bench.store.findCanary(launch.id))?.settlement;

  const first = await runAt('old', MINUTE);
  const second = await runAt('new', 15 * MINUTE);
  const proven = await settlement();
  const third = await runAt('old', MINUTE);

  expect([first, second, third].map(({ asked }) => asked[0]?.cursor)).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
  expect(second.asked[1]?.cursor).toBe(1);
  expect(proven).toBeNull();
  expect(await settlement()).toMatchObject({ verdict: 'overdue' });
});
