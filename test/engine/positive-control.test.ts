import { expect, it, onTestFinished } from 'vitest';
import { MonitorError, type Reason } from '../../src/base/errors.ts';
import { silentLogger } from '../../src/base/logger.ts';
import type { ControlReport } from '../../src/engine/positive-control.ts';
import { startWatch, type LookReport } from '../../src/engine/watch.ts';
import type { Expectation, Observer } from '../../src/observers/observer.ts';
import { createFakeClock, type FakeClock } from '../support/fake-clock.ts';
import { createFakeRandom } from '../support/fake-random.ts';
import { openTestLedger } from '../support/test-ledger.ts';

const MINUTE = 60_000;
const EVERY = 5 * MINUTE;

/** A mailbox whose connection may be blind without a word, and what was done to it. */
interface Scene {
  readonly clock: FakeClock;
  /** What the present connection shows; a renewed one shows what `next` says. */
  sight: { now: boolean; next: boolean };
  /** Why the other way fails; undefined: it does not. */
  otherWay: Reason | undefined;
  /** Why looks fail by themselves. */
  looking: Reason | undefined;
  readonly controls: ControlReport[];
  readonly looks: LookReport[];
  readonly done: string[];
  requests: number;
  horizon(): number | null | undefined;
}

async function openScene(expectation: Partial<Expectation> = {}): Promise<Scene> {
  const clock = createFakeClock(undefined, 3);
  const ledger = await openTestLedger(clock);
  const scene: Scene = {
    clock,
    sight: { now: true, next: true },
    otherWay: undefined,
    looking: undefined,
    controls: [],
    looks: [],
    done: [],
    requests: 0,
    horizon: () => ledger.observerState('mailbox')?.horizon,
  };
  const watch = startWatch({
    ...{ clock, ledger, logger: silentLogger, random: createFakeRandom() },
    observer: blindable(scene, expectation),
    onLook: (report) => scene.looks.push(report),
    onControl: (report) => scene.controls.push(report),
    onCleanupFailure: () => scene.done.push('not cleaned'),
  });
  onTestFinished(async () => {
    await watch.stop();
    await ledger.close();
  });
  return scene;
}

function blindable(scene: Scene, expectation: Partial<Expectation>): Observer {
  const { clock } = scene;
  const fail = (reason: Reason | undefined): void => {
    if (reason !== undefined)
      throw new MonitorError(`it is ${reason}`, { reason, retryable: true });
  };
  return {
    name: 'mailbox',
    type: 'fake',
    capabilities: { minPauseMs: 1_000, indexLagMs: 0, push: false, stampQuantumMs: null },
    async look({ quick = false }) {
      await clock.sleep(10);
      fail(scene.looking);
      const startedAt = clock.now();
      const places = [{ place: 'inbox', startedAt } as const];
      const told = { observations: [], mismatches: {}, requests: 1, cursor: null };
      return { ...told, startedAt, endedAt: startedAt, places, complete: !quick };
    },
    news: () => Promise.resolve(),
    check: () => Promise.reject(new Error('not asked for here')),
    close: () => Promise.resolve(),
    positiveControl: {
      how: 'a test',
      everyMs: EVERY,
      async expect() {
        await clock.sleep(10);
        fail(scene.otherWay);
        scene.done.push('expected');
        scene.requests += 3;
        return { what: 'a mail', withinMs: 0, isMetBy: () => scene.sight.now, ...expectation };
      },
      renew() {
        scene.done.push('renewed');
        scene.sight = { now: scene.sight.next, next: scene.sight.next };
      },
      requests: () => scene.requests,
    },
  };
}

/** The clock moves in steps in which the loop can write. */
async function pass(scene: Scene, ms: number): Promise<void> {
  for (let left = ms; left > 0; left -= 1_000) await scene.clock.advance(Math.min(left, 1_000));
}

it('a control that passes comes every so often, and takes no horizon away', async () => {
  const scene = await openScene();

  await pass(scene, 11.5 * MINUTE);

  expect(scene.controls).toMatchObject([
    { result: 'passed', requests: 3 },
    { result: 'passed', requests: 3 },
  ]);
  expect(scene.clock.now() - (scene.horizon() ?? 0)).toBeLessThanOrEqual(MINUTE + 2_000);
  expect(scene.done).not.toContain('renewed');
});

it('a blind connection is replaced within the bound, and the next one is held to a control at once', async () => {
  const scene = await openScene();
  await pass(scene, 2 * MINUTE);
  scene.sight = { now: false, next: true };

  await pass(scene, EVERY);

  expect(scene.controls.map(({ result, isBlind }) => [result, isBlind])).toEqual([
    ['failed', false],
    ['passed', false],
  ]);
  expect(scene.done).toEqual(['expected', 'renewed', 'expected']);
  expect(scene.controls[0]?.error).toMatchObject({
    reason: 'bad-reply',
    message: 'positive control of mailbox: looks do not show a mail',
  });
});

it('blind on the next connection too: looks go on, and the horizon stands still until it sees', async () => {
  const scene = await openScene();
  scene.sight = { now: false, next: false };
  await pass(scene, EVERY + MINUTE + 5_000);
  const stoodAt = scene.horizon() ?? 0;
  const last = scene.looks.at(-1);

  await pass(scene, 30 * MINUTE);
  const after = scene.horizon();
  scene.sight = { now: true, next: true };
  await pass(scene, 15_000);

  expect(scene.controls.slice(0, 2).map(({ isBlind }) => isBlind)).toEqual([false, true]);
  expect(last).toMatchObject({
    type: 'looked',
    look: { complete: false, failure: { reason: 'bad-reply' } },
  });
  expect(after).toBe(stoodAt);
  expect(scene.controls.at(-1)).toMatchObject({ result: 'passed', isBlind: false });
  expect(scene.clock.now() - (scene.horizon() ?? 0)).toBeLessThan(15_000);
});

it('the other way is closed for good: blind, for its own reason', async () => {
  const scene = await openScene();
  scene.otherWay = 'config';

  await pass(scene, EVERY + MINUTE + 5_000);

  const [first, second] = scene.controls;
  expect([first?.isBlind, second?.isBlind]).toEqual([false, true]);
  expect(second?.error).toMatchObject({ reason: 'config', message: /positive control .*config/ });
});

it('the other way is throttled: that says nothing about looks, and is not asked again for a minute', async () => {
  const scene = await openScene();
  scene.otherWay = 'rate-limited';

  await pass(scene, EVERY + 10 * MINUTE);

  const results = scene.controls.map(({ result }) => result);
  expect(new Set(results)).toEqual(new Set(['inconclusive']));
  expect(results.length).toBeLessThanOrEqual(10);
  expect(scene.clock.now() - (scene.horizon() ?? 0)).toBeLessThanOrEqual(MINUTE + 2_000);
});

it.each(['timeout', 'unreachable'] as const)(
  'looks that fail (%s): two more controls say that it is no hiccup, and no more are made until one succeeds',
  async (reason) => {
    const scene = await openScene();
    await pass(scene, MINUTE);
    [scene.looking, scene.otherWay] = [reason, reason];
    await pass(scene, 20 * MINUTE);
    const meanwhile = [...scene.controls];
    [scene.looking, scene.otherWay] = [undefined, undefined];

    await pass(scene, 25_000); // a failing look waits for 10 s at most

    expect(meanwhile.map(({ isBlind }) => isBlind)).toEqual([false, true]);
    expect(scene.controls.at(-1)).toMatchObject({ result: 'passed', isBlind: false });
  },
);

it('a login that was refused is not tried a second time by the control', async () => {
  const scene = await openScene();
  [scene.looking, scene.otherWay] = ['auth', 'auth'];

  await pass(scene, 20 * MINUTE);

  expect(scene.controls).toEqual([]);
});

it('an index has its lag to show it; a look that does not yet is as complete as any', async () => {
  const scene = await openScene({ withinMs: 2 * MINUTE });
  scene.sight = { now: false, next: false };
  await pass(scene, EVERY + 2 * MINUTE);
  const meanwhile = [...scene.controls];
  const ageMs = scene.clock.now() - (scene.horizon() ?? 0);

  await pass(scene, 2 * MINUTE);

  expect([meanwhile, ageMs <= MINUTE + 2_000]).toEqual([[], true]);
  expect(scene.controls[0]).toMatchObject({ result: 'failed' });
});

it('what was put down is taken away, met or not; where that fails it is counted', async () => {
  const cleared: string[] = [];
  const scene = await openScene({
    clear() {
      cleared.push('cleared');
      const options = { reason: 'refused', retryable: true } as const;
      return cleared.length < 3
        ? Promise.resolve()
        : Promise.reject(new MonitorError('no', options));
    },
  });
  scene.sight = { now: false, next: true };

  await pass(scene, EVERY + MINUTE + 5_000);
  const first = cleared.length;
  await pass(scene, EVERY + MINUTE);

  expect(first).toBe(2);
  expect(scene.done.filter((what) => what === 'not cleaned')).toHaveLength(1);
  expect(scene.controls.at(-1)).toMatchObject({ result: 'passed' });
});
