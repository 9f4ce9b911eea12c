import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { silentLogger } from '../../src/base/logger.ts';
import type { Loop } from '../../src/base/loop.ts';
import { createGrid, createSinglePause, phaseOf } from '../../src/domain/schedule.ts';
import { note, openEntry, statusOf, type Entry } from '../../src/engine/roster.ts';
import { startScheduler } from '../../src/engine/scheduler.ts';
import type { Ledger } from '../../src/ledger/ledger.ts';
import { createFakeClock, type FakeClock } from '../support/fake-clock.ts';
import { openTestLedger } from '../support/test-ledger.ts';
import { TEST_POLICY, TEST_ROUTE, testLaunch } from '../support/test-launch.ts';

const MINUTE = 60_000;

let clock: FakeClock;
let ledger: Ledger;
let entry: Entry;
let loop: Loop | undefined;
let launched: number[];
let crashes: unknown[];
beforeEach(async () => {
  clock = createFakeClock();
  launched = [];
  crashes = [];
  ledger = await openTestLedger(clock);
  ledger.subscribe((_event, canary) => note(entry, canary));
  entry = await open();
});
afterEach(async () => {
  await loop?.stop();
  loop = undefined;
  await ledger.close();
});

function open(): Promise<Entry> {
  const mail = { from: 'a@example.org', to: 'b@example.test', profile: 'automatic' } as const;
  const order = { route: TEST_ROUTE, ...mail, policy: TEST_POLICY, launchWindowMs: MINUTE };
  const cadence = createGrid(MINUTE, phaseOf(TEST_ROUTE.probe, TEST_ROUTE.vantage, MINUTE));
  return openEntry({ order, cadence, maintenance: [] }, ledger);
}

/** A canary that the mail system takes at once. */
async function accept(tick: number): Promise<void> {
  const draft = testLaunch({ launchedAt: clock.now(), sequence: launched.length });
  const { launch } = await ledger.launch({ ...draft, scheduledAt: tick });
  const at = { low: clock.now(), high: clock.now() };
  const acceptance = { at, queueId: null, serverMessageId: null };
  await ledger.append([{ id: launch.id, fact: { type: 'accepted', acceptance } }]);
}

function start(launch: (tick: number) => Promise<void> = accept): void {
  loop = startScheduler({
    clock,
    logger: silentLogger,
    entries: () => [entry],
    launch: (_entry, tick) => {
      launched.push(tick);
      return launch(tick);
    },
    onCrash: (error) => crashes.push(error),
  });
}

/** Moves time on in steps, so that what a launch does can happen in between. */
async function pass(ms: number): Promise<void> {
  for (let left = ms; left > 0; left -= 1_000) await clock.advance(Math.min(left, 1_000));
}

describe('the schedule', () => {
  it('launches once a tick, on the grid of the epoch', async () => {
    const first = entry.assignment.cadence.next(clock.now());
    start();

    await pass(5 * MINUTE);

    expect(launched).toEqual([0, 1, 2, 3, 4].map((count) => first + count * MINUTE));
  });

  it('makes good the ticks missed while it was down by one launch at the start', async () => {
    start();
    await pass(2 * MINUTE);
    await loop?.stop();
    const before = launched.length;
    await clock.advance(7 * MINUTE);
    entry = await open();

    start();
    await clock.advance(1);

    expect(launched).toHaveLength(before + 1);
    expect(launched.at(-1)).toBeGreaterThan(clock.now() - MINUTE);
  });

  it('hears of a shorter cadence at once, also between two ticks of the longer one', async () => {
    const { cadence } = entry.assignment;
    const hourly = createGrid(60 * MINUTE, 0);
    entry.assignment = { ...entry.assignment, cadence: hourly };
    start();
    await pass(MINUTE);
    const before = launched.length;

    entry.assignment = { ...entry.assignment, cadence };
    loop?.nudge();
    await pass(2 * MINUTE);

    expect(launched.length).toBeGreaterThan(before);
  });

  it('does not pile up behind a slow relay', async () => {
    const answers: (() => void)[] = [];
    start(() => new Promise((resolve) => answers.push(resolve)));

    await pass(5 * MINUTE);

    expect(launched).toHaveLength(1);
  });

  it('launches nothing during a pause, and goes on by itself after it', async () => {
    const since = clock.now();
    entry.pause = { since, until: since + 3 * MINUTE, reason: 'work' };
    start();

    await pass(3 * MINUTE - 1_000);
    expect(launched).toEqual([]);
    await pass(2 * MINUTE);

    expect(launched.length).toBeGreaterThan(0);
  });

  it('launches nothing in a maintenance window, and misses nothing after it', async () => {
    const since = clock.now();
    const window = { since, until: since + 3 * MINUTE, reason: 'backup' };
    entry.assignment = { ...entry.assignment, maintenance: [createSinglePause(window)] };
    start();

    await pass(3 * MINUTE - 1_000);
    const during = statusOf({ entry, open: [], horizon: null, now: clock.now() });
    expect(launched).toEqual([]);
    expect(during.pause).toEqual(window);
    expect(during.nextLaunchAt).toBe(entry.assignment.cadence.next(window.until));
    await pass(1_000);
    const after = statusOf({ entry, open: [], horizon: null, now: clock.now() });

    // What was not to be launched is not owed: no alert of a sender that stands still.
    expect(after.oldestUnservedTick).toBeNull();
    await pass(MINUTE);
    expect(launched).toEqual([entry.assignment.cadence.next(window.until)]);
  });

  it('launches at the very end of a pause, when a tick is there', async () => {
    const since = clock.now();
    const tick = entry.assignment.cadence.next(since + 2 * MINUTE);
    entry.pause = { since, until: tick, reason: 'work' };
    start();
    const during = statusOf({ entry, open: [], horizon: null, now: clock.now() });
    expect(during.nextLaunchAt).toBe(tick);

    await clock.advance(tick - since);

    expect(launched).toEqual([tick]);
  });

  it('owes nothing from before it was taken out and put back', async () => {
    start();
    await pass(2 * MINUTE);
    await loop?.stop();
    await ledger.retain(TEST_ROUTE.vantage, []);
    await clock.advance(60 * MINUTE);

    entry = await open();
    const status = statusOf({ entry, open: [], horizon: null, now: clock.now() });

    expect(entry.activatedAt).toBe(clock.now());
    expect(status.oldestUnservedTick).toBeNull();
  });

  it('goes on after a launch that threw what none should', async () => {
    const bug = new TypeError('a bug');
    start(() => Promise.reject(bug));

    await pass(2 * MINUTE);

    expect(crashes).toEqual([bug, bug]);
  });

  it('says since when it has not been served, until a canary is accepted', async () => {
    const first = entry.assignment.cadence.next(clock.now());
    start(() => Promise.resolve());
    await pass(3 * MINUTE);
    const status = statusOf({ entry, open: ledger.open(), horizon: null, now: clock.now() });

    expect(status.oldestUnservedTick).toBe(first);
    await accept(launched.at(-1)!);
    const served = statusOf({ entry, open: ledger.open(), horizon: null, now: clock.now() });

    expect(served.oldestUnservedTick).toBeNull();
  });
});
