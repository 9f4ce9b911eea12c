import { expect, it } from 'vitest';
import { silentLogger } from '../../src/base/logger.ts';
import { createEngine } from '../../src/engine/engine.ts';
import type { Observer } from '../../src/observers/observer.ts';
import { createBlankObserver } from '../support/blank-observer.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { openTestLedger } from '../support/test-ledger.ts';
import { createTidyBench, fakeTidier } from './tidy-bench.ts';
import { createFakeRandom } from '../support/fake-random.ts';
import { TEST_KEYS, testLaunch } from '../support/test-launch.ts';

const DAY = 86_400_000;

it('a launch cut off by the end of an earlier process is in doubt, and old ones are forgotten daily', async () => {
  const clock = createFakeClock();
  const ledger = await openTestLedger(clock);
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

it('a watch that crashes is told of and made anew, and the observer is looked at again', async () => {
  const clock = createFakeClock();
  const ledger = await openTestLedger(clock);
  const bug = new TypeError('a bug');
  const crashes: unknown[] = [];
  let looks = 0;
  const observer = createBlankObserver(clock, () => {
    looks += 1;
    if (looks === 1) throw bug;
  });
  const engine = createEngine({
    clock,
    random: createFakeRandom(),
    keys: TEST_KEYS,
    ledger,
    logger: silentLogger,
    senders: new Map(),
    observers: new Map([[observer.name, observer]]),
    onCrash: (loop, error, count) => {
      crashes.push({ loop, error, count });
      return 1_000;
    },
  });

  await engine.start();
  await clock.advance(1_000);

  expect(crashes).toEqual([{ loop: 'watch', error: bug, count: 1 }]);
  expect(looks).toBe(2);
  expect(ledger.observerState(observer.name)?.horizon).toBe(clock.now());
  await engine.stop();
  await ledger.close();
});

it('an observer is looked at as often as it was asked for, with nothing in flight', async () => {
  const clock = createFakeClock();
  const ledger = await openTestLedger(clock);
  const start = clock.now();
  const looks: number[] = [];
  const observer = createBlankObserver(clock, () => void looks.push(clock.now() - start));
  const engine = createEngine({
    clock,
    random: createFakeRandom(),
    keys: TEST_KEYS,
    ledger,
    logger: silentLogger,
    senders: new Map(),
    observers: new Map([[observer.name, observer]]),
    lookIntervalOf: (name) => (name === observer.name ? 6_000 : 60_000),
  });

  await engine.start();
  // Writing takes turns of the event loop in which this clock stands, so a look may be a step late.
  for (let second = 1; second <= 60; second += 1) await clock.advance(1_000);

  const gaps = looks.slice(1).map((at, index) => at - (looks[index] ?? 0));
  expect(gaps.length).toBeGreaterThanOrEqual(8);
  expect(gaps.filter((ms) => ms < 6_000 || ms > 7_000)).toEqual([]);
  await engine.stop();
  await ledger.close();
});

it('a tidying that crashes is told of and made anew', async () => {
  const bug = new TypeError('a bug');
  const bench = await createTidyBench();
  const tidier = fakeTidier(() => {
    if (tidier.calls.length === 1) throw bug;
    return 'done';
  });
  const blank = createBlankObserver(bench.clock, () => undefined);
  const observer: Observer = {
    ...tidier.observer,
    look: (options) => blank.look(options),
    news: (signal) => blank.news(signal),
  };
  const crashes: unknown[] = [];
  const engine = createEngine({
    clock: bench.clock,
    random: createFakeRandom(),
    keys: TEST_KEYS,
    ledger: bench.ledger,
    logger: silentLogger,
    senders: new Map(),
    observers: new Map([['helpdesk', observer]]),
    tidying: new Map([['helpdesk', { manner: 'delete', afterMs: 0 }]]),
    onCrash: (loop, error, count) => {
      crashes.push({ loop, error, count });
      return 1_000;
    },
  });
  await bench.arrive(['a', 'b']);

  expect(engine.litter('helpdesk')).toBe(0);
  await engine.start();
  await bench.pass(500);
  expect(engine.litter('helpdesk')).toBeUndefined();
  await bench.pass(20_000);

  expect(crashes).toEqual([{ loop: 'tidy', error: bug, count: 1 }]);
  expect(tidier.tried()).toEqual(['a', 'a', 'b']);
  expect(engine.litter('helpdesk')).toBe(0);
  expect(engine.litter('other')).toBe(0);
  await engine.stop();
});
