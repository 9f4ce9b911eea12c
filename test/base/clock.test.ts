import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createSteadyTime } from '../../src/base/clock.ts';

const START = Date.UTC(2026, 10, 24, 2, 0, 0);
const SECOND = 1_000;
const HOUR = 3_600_000;
/** The limit of following the wall clock: half a millisecond a second. */
const SLEW = 500e-6;
/** now() is rounded to microseconds, and epoch milliseconds are doubles. */
const ROUNDING_MS = 0.002;

interface Machine {
  readonly time: ReturnType<typeof createSteadyTime>;
  /** Lets time pass; `drift` is what the wall clock gains beyond it. */
  run(ms: number, drift?: number): void;
  step(byMs: number): void;
  suspend(ms: number): void;
}

/** A machine whose clocks go as told; its boot clock is as coarse as Linux's own (10 ms). */
function createMachine(uptime = 12_345.678): Machine {
  let wall = START;
  let monotonic = uptime;
  let boot = uptime + 77;
  const time = createSteadyTime({
    wall: () => wall,
    monotonic: () => monotonic,
    boot: () => Math.floor(boot / 10) * 10,
  });
  return {
    time,
    run(ms, drift = 0) {
      wall += ms + drift;
      monotonic += ms;
      boot += ms;
    },
    step(byMs) {
      wall += byMs;
    },
    suspend(ms) {
      wall += ms;
      boot += ms;
    },
  };
}

const close = (actual: number, expected: number, within = ROUNDING_MS): void => {
  expect(Math.abs(actual - expected)).toBeLessThanOrEqual(within);
};

describe('the steady clock', () => {
  test('starts at the wall clock and goes on with monotonic time', () => {
    const machine = createMachine();

    close(machine.time.now(), START);
    machine.run(90 * SECOND);
    close(machine.time.now(), START + 90 * SECOND);
    close(machine.time.skewMs(), 0);
    expect(machine.time.steps()).toEqual([]);
  });

  test('has microseconds and nothing below', () => {
    const machine = createMachine();
    machine.run(1.234_567_8);

    const now = machine.time.now();

    expect(Math.round(now * 1_000) / 1_000).toBe(now);
    close(now, START + 1.235, 0.001);
  });

  test.each([90 * SECOND, -90 * SECOND, -HOUR, 365 * 24 * HOUR])(
    'a wall clock that steps by %d ms is noted, not followed',
    (byMs) => {
      const machine = createMachine();
      machine.run(10 * SECOND);
      machine.time.now();

      machine.step(byMs);
      machine.run(SECOND);

      close(machine.time.now(), START + 11 * SECOND, SECOND * SLEW + ROUNDING_MS);
      close(machine.time.skewMs(), byMs, SECOND * SLEW + ROUNDING_MS);
      expect(machine.time.steps()).toHaveLength(1);
      close(machine.time.steps()[0]!.byMs, byMs, SECOND * SLEW + ROUNDING_MS);
      close(machine.time.steps()[0]!.at, START + 11 * SECOND, SECOND * SLEW + ROUNDING_MS);
    },
  );

  test('a step of a second or less is no event', () => {
    const machine = createMachine();

    machine.step(SECOND);
    machine.run(SECOND);
    machine.time.now();

    expect(machine.time.steps()).toEqual([]);
  });

  test('a step and the one that takes it back are two events', () => {
    const machine = createMachine();
    for (const byMs of [-HOUR, HOUR]) {
      machine.step(byMs);
      machine.run(SECOND);
      machine.time.now();
    }

    expect(machine.time.steps().map((step) => Math.round(step.byMs / SECOND))).toEqual([
      -3_600, 3_600,
    ]);
    close(machine.time.skewMs(), 0, 2 * SECOND * SLEW + ROUNDING_MS);
  });

  test('closes in on the wall clock by half a millisecond a second, and then stays with it', () => {
    const machine = createMachine();
    machine.step(900);

    machine.run(HOUR / 4);
    machine.time.now();
    close(machine.time.skewMs(), 900 - 450, 0.01);

    machine.run(HOUR / 2);
    close(machine.time.skewMs(), 0);
    close(machine.time.now(), START + (HOUR * 3) / 4 + 900);
  });

  test('a wall clock that NTP slews is followed', () => {
    const machine = createMachine();
    for (let second = 0; second < 600; second += 1) {
      machine.run(SECOND, 0.1);
      machine.time.now();
    }

    close(machine.time.skewMs(), 0);
    close(machine.time.now(), START + 600 * SECOND + 60, 0.2); // the sum of 600 roundings
  });

  test('a suspension is followed at once and is no step', () => {
    const machine = createMachine();
    machine.run(SECOND);
    machine.time.now();

    machine.suspend(8 * HOUR);
    machine.run(SECOND);

    close(machine.time.now(), START + 8 * HOUR + 2 * SECOND, 25);
    expect(machine.time.steps()).toEqual([]);
  });

  test('keeps the latest hundred steps', () => {
    const machine = createMachine();
    for (let count = 0; count < 150; count += 1) {
      machine.step(count % 2 === 0 ? HOUR : -HOUR);
      machine.run(1);
      machine.time.now();
    }

    expect(machine.time.steps()).toHaveLength(100);
    expect(machine.time.steps().at(-1)!.byMs).toBeLessThan(0);
  });
});

describe('whatever the machine does', () => {
  const ms = (max: number): fc.Arbitrary<number> => fc.double({ min: 0, max, noNaN: true });
  const anEvent = fc.oneof(
    fc.record({ kind: fc.constant('run' as const), ms: ms(10 * 60 * SECOND) }),
    fc.record({
      kind: fc.constant('step' as const),
      ms: fc.double({ min: -2 * HOUR, max: 2 * HOUR, noNaN: true }),
    }),
    fc.record({
      kind: fc.constant('suspend' as const),
      ms: fc.double({ min: 2 * SECOND, max: 8 * HOUR, noNaN: true }),
    }),
  );

  test('time never goes back, and goes no more than 500 ppm faster or slower than it truly does', () => {
    fc.assert(
      fc.property(fc.array(anEvent, { maxLength: 40 }), (events) => {
        const machine = createMachine();
        let before = machine.time.now();
        for (const event of events) {
          machine[event.kind](event.ms);
          const now = machine.time.now();
          const passed = event.kind === 'step' ? 0 : event.ms;
          const coarse = event.kind === 'suspend' ? 10 : 0; // the boot clock's own steps

          expect(now).toBeGreaterThanOrEqual(before);
          close(now - before, passed, passed * SLEW * 1.01 + coarse + ROUNDING_MS);
          before = now;
        }
      }),
      { numRuns: 200 },
    );
  });

  test('reading it often changes nothing', () => {
    fc.assert(
      fc.property(fc.array(anEvent, { maxLength: 20 }), (events) => {
        const [seldom, often] = [createMachine(), createMachine()];
        for (const event of events) {
          for (const machine of [seldom, often]) machine[event.kind](event.ms);
          often.time.now();
          often.time.skewMs();
          seldom.time.now();
        }

        expect(often.time.now()).toBe(seldom.time.now());
        expect(often.time.steps()).toEqual(seldom.time.steps());
      }),
    );
  });

  test('many sleeps too short to be told from a coarse clock do not add up to a step', () => {
    const machine = createMachine();
    for (let count = 0; count < 200; count += 1) {
      machine.suspend(100);
      machine.run(900);
      machine.time.now();
    }

    close(machine.time.now(), START + 200 * SECOND, 1_500 + 10);
    expect(machine.time.steps()).toEqual([]);
  });
});
