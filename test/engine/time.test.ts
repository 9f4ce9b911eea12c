import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Clock } from '../../src/base/clock.ts';
import { createSteadyTime } from '../../src/base/clock.ts';
import { apply, launchCanary, latencyOf, type Canary } from '../../src/domain/canary.ts';
import { verifyToken } from '../../src/domain/token.ts';
import { judge } from '../../src/domain/verdict.ts';
import { startClockCheck } from '../../src/engine/clock-check.ts';
import { evidenceOf } from '../../src/engine/evidence.ts';
import type { Look } from '../../src/observers/observer.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { TEST_KEYS, testLaunch } from '../support/test-launch.ts';

const START = Date.UTC(2026, 0, 5, 9, 0, 0);
const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** What happens to the machine while one canary is under way. */
type Happening =
  | { readonly what: 'step'; readonly ms: number }
  | { readonly what: 'suspension'; readonly ms: number }
  /** Nothing of the machine goes on, and its wall clock is set right afterwards. */
  | { readonly what: 'freeze'; readonly ms: number };

interface Machine {
  readonly time: Omit<Clock, 'sleep'>;
  /** True time passes. */
  run(ms: number): void;
  happen(happening: Happening): void;
  /** True time since the start. */
  passed(): number;
}

function createMachine(): Machine {
  let [wall, monotonic, boot, truth] = [START, 0, 0, 0];
  const time = createSteadyTime({
    wall: () => wall,
    monotonic: () => monotonic,
    boot: () => boot,
  });
  return {
    time,
    passed: () => truth,
    run(ms) {
      [wall, monotonic, boot, truth] = [wall + ms, monotonic + ms, boot + ms, truth + ms];
    },
    happen({ what, ms }) {
      wall += ms;
      if (what === 'suspension') boot += ms;
      if (what !== 'step') truth += ms;
      time.now();
    },
  };
}

interface Flight {
  readonly canary: Canary;
  /** From acceptance to the moment of arrival, truly. */
  readonly tookMs: number;
}

/** A canary that is accepted, arrives and is seen; things happen before and after the arrival. */
async function fly(before: readonly Happening[], after: readonly Happening[]): Promise<Flight> {
  const machine = createMachine();
  const { time } = machine;
  const launched = launchCanary(testLaunch({ launchedAt: time.now() }));
  machine.run(SECOND);
  const acceptance = {
    at: { low: time.now(), high: time.now() },
    queueId: null,
    serverMessageId: null,
  };
  let canary = apply(launched, { type: 'accepted', acceptance });
  const acceptedAt = machine.passed();
  machine.run(SECOND);
  const horizon = time.now(); // a look that did not show it
  for (const happening of before) machine.happen(happening);
  machine.run(5 * SECOND);
  const tookMs = machine.passed() - acceptedAt;
  for (const happening of after) machine.happen(happening);
  const startedAt = time.now();
  machine.run(SECOND);
  const { entry } = await evidenceOf(lookAt(startedAt, time.now(), canary), {
    observer: { name: canary.launch.route.observer, capabilities: CAPABILITIES },
    horizon,
    find: () => Promise.resolve(canary),
    steps: time.steps(),
  });
  for (const { fact } of entry.facts) canary = apply(canary, fact);
  return { canary, tookMs };
}

const CAPABILITIES = { minPauseMs: 10, indexLagMs: 0, push: false, stampQuantumMs: null };

function lookAt(startedAt: number, endedAt: number, { launch }: Canary): Look {
  const token = verifyToken(launch.token, TEST_KEYS)!;
  const copy = { externalId: 'a', place: 'inbox', stamp: null, hops: [] } as const;
  return {
    ...{ startedAt, endedAt, complete: true, mismatches: {}, cursor: null, requests: 1 },
    places: [{ place: 'inbox', startedAt }],
    observations: [{ ...copy, token, foreignMessageId: null }],
  };
}

const verdictOf = ({ canary }: Flight): unknown =>
  judge(canary, { horizon: undefined, now: Infinity, wasPaused: () => false }).flatMap((fact) =>
    fact.type === 'settled' ? [fact.settlement.verdict] : [],
  )[0];

describe.each([90 * SECOND, -90 * SECOND, HOUR, -HOUR])('a wall clock set by %d ms', (ms) => {
  const step: Happening = { what: 'step', ms };

  it.each([
    ['before', [step], []],
    ['after', [], [step]],
    ['and back again', [step], [{ what: 'step', ms: -ms } satisfies Happening]],
  ] as const)(
    '%s a canary arrived: its latency holds the truth, and it is never late',
    async (_name, before, after) => {
      const flight = await fly(before, after);

      const { low, high } = latencyOf(flight.canary)!;
      expect(low).toBeLessThanOrEqual(flight.tookMs + 5);
      expect(high).toBeGreaterThanOrEqual(flight.tookMs - 5);
      expect(verdictOf(flight)).not.toBe('overdue');
    },
  );
});

it('a step before the launch, or after the sighting, widens nothing', async () => {
  const plain = await fly([], []);
  const machine = createMachine();
  machine.happen({ what: 'step', ms: HOUR });

  expect(machine.time.steps()).toHaveLength(1);
  const { low, high } = latencyOf(plain.canary)!;
  expect(high - low).toBeLessThanOrEqual(7 * SECOND);
});

it('a machine that was frozen: so long a canary may have taken, and nobody says which', async () => {
  const [short, long] = [
    await fly([{ what: 'freeze', ms: 90 * SECOND }], []),
    await fly([{ what: 'freeze', ms: HOUR }], []),
  ];

  expect([verdictOf(short), verdictOf(long)]).toEqual(['on_time', 'void']);
  for (const { canary, tookMs } of [short, long]) {
    expect(latencyOf(canary)!.high).toBeGreaterThanOrEqual(tookMs - 5);
  }
});

it('whatever happens to the machine, the latency told holds the true one', async () => {
  const ms = (max: number): fc.Arbitrary<number> => fc.integer({ min: 2 * SECOND, max });
  const aHappening: fc.Arbitrary<Happening> = fc.oneof(
    fc.record({ what: fc.constant('step' as const), ms: fc.integer({ min: -HOUR, max: HOUR }) }),
    fc.record({ what: fc.constant('suspension' as const), ms: ms(8 * HOUR) }),
    fc.record({ what: fc.constant('freeze' as const), ms: ms(HOUR) }),
  );
  const some = fc.array(aHappening, { maxLength: 4 });

  await fc.assert(
    fc.asyncProperty(some, some, async (before, after) => {
      const { canary, tookMs } = await fly(before, after);

      const { low, high } = latencyOf(canary)!;
      // 500 ppm of eight hours, and steps of less than a second, are what B4 leaves.
      const slackMs = 40 * SECOND;
      expect(low).toBeLessThanOrEqual(tookMs + slackMs);
      expect(high).toBeGreaterThanOrEqual(tookMs - slackMs);
    }),
    { numRuns: 200 },
  );
});

it('each step is told of once', async () => {
  const clock = createFakeClock();
  const told: number[] = [];
  const fields: object[] = [];
  const note = (own: object): void => void fields.push(own);
  const loop = startClockCheck({
    clock,
    logger: { debug: note, info: note, warn: note, error: note },
    onStep: ({ byMs }) => void told.push(byMs),
  });

  for (const byMs of [90_000, -90_000, 3_600_000]) {
    await clock.advance(7_000);
    clock.step(byMs);
  }
  await clock.advance(60_000);
  await loop.stop();

  expect(told).toEqual([90_000, -90_000, 3_600_000]);
  expect(fields).toHaveLength(3);
});
