import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { createVirtualClock } from '../../src/base/virtual-clock.ts';

const START = Date.UTC(2026, 0, 5);

describe('createVirtualClock', () => {
  it('wakes each sleeper at its own instant, those of one instant in the order of their sleep', async () => {
    const clock = createVirtualClock(START);
    const woken: [name: string, at: number][] = [];
    const sleeper = async (name: string, ms: number): Promise<void> => {
      await clock.sleep(ms);
      woken.push([name, clock.now() - START]);
    };
    const all = [
      sleeper('b', 2_000),
      sleeper('a', 1_000),
      sleeper('c', 2_000),
      sleeper('d', 9_000),
    ];

    await clock.runUntil(START + 5_000);

    expect(woken).toEqual([
      ['a', 1_000],
      ['b', 2_000],
      ['c', 2_000],
    ]);
    expect(clock.now()).toBe(START + 5_000);
    await clock.runUntil(START + 9_000);
    await Promise.all(all);
  });

  it('wakes one whose signal aborts at once, and not a second time', async () => {
    const clock = createVirtualClock(START);
    const stop = new AbortController();
    const woken: number[] = [];
    const sleep = clock.sleep(60_000, stop.signal).then(() => woken.push(clock.now() - START));

    await clock.runUntil(START + 1_000);
    stop.abort();
    await sleep;
    await clock.runUntil(START + 120_000);

    expect(woken).toEqual([1_000]);
    await clock.sleep(60_000, stop.signal); // resolves though nobody runs the clock
  });

  it('stands still while there is activity', async () => {
    let writes = 0;
    const clock = createVirtualClock(START, () => writes);
    const seen: number[] = [];
    const work = async (): Promise<void> => {
      await clock.sleep(1_000);
      for (let step = 0; step < 10; step += 1) {
        writes += 1;
        await nextTurn();
        seen.push(clock.now() - START);
      }
    };
    const done = work();
    const other = clock.sleep(2_000);

    await clock.runUntil(START + 5_000);
    await Promise.all([done, other]);

    expect(new Set(seen)).toEqual(new Set([1_000]));
  });

  it('follows a wall clock that was set by 500 ppm', async () => {
    const clock = createVirtualClock(START);

    clock.step(-90_000);
    await clock.runUntil(START + 3_600_000);

    expect(clock.skewMs()).toBeCloseTo(-90_000 + 1_800, 6);
    expect(clock.steps()).toEqual([{ at: START, byMs: -90_000 }]);
    await clock.runUntil(START + 200 * 3_600_000);
    expect(clock.skewMs()).toBeCloseTo(0, 6);
  });
});
