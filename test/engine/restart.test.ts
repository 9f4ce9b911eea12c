import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { silentLogger } from '../../src/base/logger.ts';
import { apply, launchCanary, latencyOf, outcomeOf, type Canary } from '../../src/domain/canary.ts';
import { bracket } from '../../src/domain/latency.ts';
import { queueOf } from '../../src/domain/series.ts';
import { judge } from '../../src/domain/verdict.ts';
import { createEngine, type Engine } from '../../src/engine/engine.ts';
import { stepSince } from '../../src/engine/restart.ts';
import type { Ledger } from '../../src/ledger/ledger.ts';
import { createBlankObserver } from '../support/blank-observer.ts';
import { createFakeClock, type FakeClock } from '../support/fake-clock.ts';
import { createFakeRandom } from '../support/fake-random.ts';
import { TEST_KEYS, testLaunch } from '../support/test-launch.ts';
import { createBench, START } from '../ledger/support.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const POLICY = { suspectAfterMs: 3 * MINUTE, lateAfterMs: 10 * MINUTE, lostAfterMs: 20 * MINUTE };
const UPTIME = { bootId: 'this', ms: 5 * HOUR };

const clockOf = (at: number, uptime = UPTIME): FakeClock => ({
  ...createFakeClock(at),
  uptime: () => uptime,
});

describe('what the machine tells of a clock that was set', () => {
  const mark = { at: START, uptime: UPTIME };
  const later = (ms: number, bootId = 'this') => ({ bootId, ms: UPTIME.ms + ms });

  it.each<[string, readonly [number, typeof UPTIME], number | undefined]>([
    ['the same time for both, down for days', [72 * HOUR, later(72 * HOUR)], undefined],
    ['less than a second', [MINUTE + 900, later(MINUTE)], undefined],
    ['forward', [HOUR + MINUTE, later(MINUTE)], HOUR],
    ['back', [MINUTE - HOUR, later(MINUTE)], -HOUR],
    ['after a reboot', [HOUR, later(MINUTE, 'another')], undefined],
    ['less uptime than before', [HOUR, later(-MINUTE)], undefined],
  ])('%s', (_name, [wallMs, uptime], byMs) => {
    const step = stepSince(mark, clockOf(START + wallMs, uptime));

    expect(step?.byMs).toBe(byMs);
  });

  it('nothing without a mark, and where the system names no boot', () => {
    const clock = clockOf(START + HOUR);

    expect(stepSince(undefined, clock)).toBeUndefined();
    expect(stepSince(mark, createFakeClock(START + HOUR))).toBeUndefined();
  });
});

interface Run {
  readonly clock: FakeClock;
  readonly ledger: Ledger;
  readonly engine: Engine;
  find(): Promise<Canary>;
}

/** A canary in flight, a stop of half a minute, in which the clock is set, and a new start. */
async function restart(stepMs: number, bootId = 'this'): Promise<Run> {
  const bench = await createBench();
  const before = clockOf(START);
  const first = await bench.open({ clock: before });
  const { id } = (await first.launch(testLaunch({ launchedAt: START, policy: POLICY }))).launch;
  const acceptance = { at: { low: START, high: START }, queueId: null, serverMessageId: null };
  await first.append([{ id, fact: { type: 'accepted', acceptance } }]);
  await first.checkWritable();
  await first.close();

  const downMs = 30 * SECOND;
  const clock = clockOf(START + downMs + stepMs, { bootId, ms: UPTIME.ms + downMs });
  const ledger = await bench.open({ clock });
  const blank = createBlankObserver(clock);
  const capabilities = { ...blank.capabilities, minPauseMs: 20 * SECOND };
  const observer = { ...blank, capabilities };
  const engine = createEngine({
    ...{ clock, ledger, logger: silentLogger, random: createFakeRandom(), keys: TEST_KEYS },
    senders: new Map(),
    observers: new Map([[observer.name, observer]]),
  });
  clock.hold(engine.start());
  await clock.advance(0);
  return { clock, ledger, engine, find: async () => (await ledger.find(id))! };
}

async function end({ engine, ledger }: Run): Promise<void> {
  await engine.stop();
  await ledger.close();
}

/** Moves time on so that what a look says is written before the next. */
async function pass({ clock, ledger }: Run, ms: number): Promise<void> {
  for (let left = ms; left > 0; left -= MINUTE) {
    await clock.advance(Math.min(left, MINUTE));
    clock.hold(ledger.checkWritable());
    await clock.advance(0);
  }
}

describe.each([90 * SECOND, HOUR, 7 * HOUR])(
  'a clock set forward by %d ms, and a restart',
  (ms) => {
    it('makes no canary overdue or lost before its time, and all of them then', async () => {
      const run = await restart(ms);

      await pass(run, POLICY.lateAfterMs - 31 * SECOND);
      const early = (await run.find()).settlement;
      await pass(run, 2 * MINUTE);
      const late = (await run.find()).settlement;
      await pass(run, POLICY.lostAfterMs - POLICY.lateAfterMs - 2 * MINUTE);
      const waiting = outcomeOf(await run.find());
      await pass(run, 3 * MINUTE);

      expect([early, late?.verdict, waiting]).toEqual([null, 'overdue', 'in_flight']);
      expect(outcomeOf(await run.find())).toBe('lost');
      await end(run);
    });

    it('lets nobody wait longer than he does', async () => {
      const run = await restart(ms);

      const { clock, ledger } = run;
      const queue = queueOf({
        ...{ open: ledger.open(), newest: undefined, horizon: clock.now(), intervalMs: MINUTE },
      });

      expect(clock.now() - queue.oldestInFlight!).toBe(30 * SECOND);
      expect(queue.headWaiting).toBe(0);
      await end(run);
    });

    it('is told once, however often it is started again', async () => {
      const run = await restart(ms);
      await run.engine.stop();
      const { clock, ledger } = run;

      const again = stepSince(ledger.lastMark(), clock);
      const { clockSteps } = await run.find();

      expect(again?.byMs).toBe(ms); // what this run found at its start
      expect(clockSteps).toEqual([{ at: clock.now(), byMs: ms }]);
      await ledger.close();
    });
  },
);

it('after a reboot nobody knows, and the wall clock is believed', async () => {
  const run = await restart(HOUR, 'another');

  await pass(run, SECOND);

  expect((await run.find()).settlement?.verdict).toBe('overdue');
  await end(run);
});

it('whatever was set between two runs, the latency told holds the true one, and no verdict is wrong', () => {
  const aTime = (max: number): fc.Arbitrary<number> => fc.integer({ min: 0, max });
  fc.assert(
    fc.property(
      fc.record({
        byMs: aTime(8 * HOUR).map((ms) => ms + 1_001),
        downAt: aTime(30 * MINUTE),
        tookMs: aTime(30 * MINUTE),
        lookMs: aTime(MINUTE),
      }),
      ({ byMs, downAt, tookMs, lookMs }) => {
        const at = { low: START, high: START };
        const acceptance = { at, queueId: null, serverMessageId: null };
        const start = START + downAt + byMs; // the clock of the second run, true time downAt
        const horizon = downAt === 0 ? undefined : START + downAt;
        // It arrived while nobody looked, or later; and is seen by the first look after that.
        const arrivedMs = Math.max(tookMs, downAt);
        const seenAt = START + arrivedMs + lookMs + byMs;
        const ingested = bracket({ horizon, lookEnd: seenAt, notBefore: START });
        const rest = { stamp: null, hops: [], foreignMessageId: null };
        const sighting = { externalId: 'a', place: 'inbox', ingested, seenAt, ...rest } as const;
        const step = { at: start, byMs };

        const canary = [
          { type: 'accepted', acceptance } as const,
          { type: 'clock_set', step } as const,
          { type: 'sighted', sighting } as const,
        ].reduce(apply, launchCanary(testLaunch({ launchedAt: START, policy: POLICY })));

        const { low, high } = latencyOf(canary)!;
        expect(low).toBeLessThanOrEqual(arrivedMs);
        expect(high).toBeGreaterThanOrEqual(arrivedMs);
        const verdict = judge(canary, { horizon: seenAt, now: seenAt }).flatMap((fact) =>
          fact.type === 'settled' ? [fact.settlement.verdict] : [],
        )[0];
        if (arrivedMs <= POLICY.lateAfterMs) expect(verdict).not.toBe('overdue');
        else expect(verdict).not.toBe('on_time');
      },
    ),
    { numRuns: 300 },
  );
});
