import { expect, it } from 'vitest';
import { createBootClock } from '../../src/base/boot-clock.ts';

/** A machine up for a while, and how often its boot clock was read. */
function aMachine() {
  const at = { wall: 1_800_000_000_000, monotonic: 5_000, boot: 65_000 };
  let reads = 0;
  const clock = createBootClock({
    wall: () => at.wall,
    monotonic: () => at.monotonic,
    boot: () => {
      reads += 1;
      return at.boot;
    },
  });
  return {
    clock,
    at,
    reads: () => reads,
    pass(ms: number) {
      for (const name of ['wall', 'monotonic', 'boot'] as const) at[name] += ms;
    },
    suspend(ms: number) {
      for (const name of ['wall', 'boot'] as const) at[name] += ms;
    },
  };
}

it('tells the boot clock, and reads it once a second', () => {
  const machine = aMachine();

  for (let step = 0; step < 2_500; step += 1) {
    machine.pass(1);
    expect(machine.clock()).toBe(machine.at.boot);
  }

  expect(machine.reads()).toBe(3);
});

it('tells a suspension at once', () => {
  const machine = aMachine();
  machine.pass(10);
  machine.clock();

  machine.suspend(2_000);

  expect(machine.clock()).toBe(machine.at.boot);
});

it('tells one within a second where the wall clock stepped back by as much', () => {
  const machine = aMachine();
  machine.suspend(2_000);
  machine.at.wall -= 2_000;
  machine.clock();

  machine.pass(1_000);

  expect(machine.clock()).toBe(machine.at.boot);
});
