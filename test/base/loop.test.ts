import { describe, expect, it } from 'vitest';
import { startLoop, superviseLoop } from '../../src/base/loop.ts';
import { createFakeClock } from '../support/fake-clock.ts';

describe('a supervised loop', () => {
  it('is made anew after a crash, with a new state, when the pause has passed', async () => {
    const clock = createFakeClock();
    const start = clock.now();
    const rounds: string[] = [];
    const crashes: [unknown, number][] = [];
    const bug = new TypeError('a bug');
    let made = 0;
    const loop = superviseLoop({
      clock,
      start: () => {
        const number = (made += 1);
        return startLoop({
          clock,
          round: () => {
            rounds.push(`loop ${number} at ${clock.now() - start}`);
            return number < 3 ? Promise.reject(bug) : Promise.resolve(1_000);
          },
        });
      },
      onCrash: (error, count) => {
        crashes.push([error, count]);
        return 100 * count;
      },
    });

    await clock.advance(1_500);
    await loop.stop();

    expect(rounds).toEqual(['loop 1 at 0', 'loop 2 at 100', 'loop 3 at 300', 'loop 3 at 1300']);
    expect(crashes).toEqual([
      [bug, 1],
      [bug, 2],
    ]);
    await expect(loop.ended).resolves.toBeUndefined();
  });

  it('counts crashes anew when it had run well for ten minutes', async () => {
    const clock = createFakeClock();
    const counts: number[] = [];
    const wellMs = [0, 0, 600_000, 0];
    const loop = superviseLoop({
      clock,
      start: () => {
        const ms = wellMs.shift() ?? Infinity;
        const round = async (signal: AbortSignal): Promise<number> => {
          await clock.sleep(ms, signal);
          if (signal.aborted) return 0;
          throw new TypeError('a bug');
        };
        return startLoop({ clock, round });
      },
      onCrash(_error, count) {
        counts.push(count);
        return 1_000;
      },
    });

    await clock.advance(610_000);
    await loop.stop();

    expect(counts).toEqual([1, 2, 1, 2]);
  });

  it('is stopped before it is made anew, so that what it listens to lets it go', async () => {
    const clock = createFakeClock();
    const stopped: number[] = [];
    let made = 0;
    const loop = superviseLoop({
      clock,
      start: () => {
        const number = (made += 1);
        const own = startLoop({
          clock,
          round: () => (number === 1 ? Promise.reject(new Error('a bug')) : Promise.resolve(1_000)),
        });
        return {
          ...own,
          async stop() {
            stopped.push(number);
            await own.stop();
          },
        };
      },
      onCrash: () => 100,
    });

    await clock.advance(100);

    expect({ made, stopped }).toEqual({ made: 2, stopped: [1] });
    await loop.stop();
  });

  it('stops while it waits to be made anew', async () => {
    const clock = createFakeClock();
    const loop = superviseLoop({
      clock,
      start: () => startLoop({ clock, round: () => Promise.reject(new TypeError('a bug')) }),
      onCrash: () => 60_000,
    });
    await clock.whenAsleep();

    await loop.stop();

    await expect(loop.ended).resolves.toBeUndefined();
  });
});

describe('a loop', () => {
  it('waits as long as each round says', async () => {
    const clock = createFakeClock();
    const start = clock.now();
    const rounds: number[] = [];
    const loop = startLoop({
      clock,
      round: () => {
        rounds.push(clock.now() - start);
        return Promise.resolve(1_000 * rounds.length);
      },
    });

    await clock.advance(3_000);

    expect(rounds).toEqual([0, 1_000, 3_000]);
    await loop.stop();
  });

  it('begins the next round at once when nudged while it waits', async () => {
    const clock = createFakeClock();
    let rounds = 0;
    const loop = startLoop({
      clock,
      round: () => {
        rounds += 1;
        return Promise.resolve(60_000);
      },
    });
    await clock.whenAsleep();

    loop.nudge();
    await clock.advance(0);

    expect(rounds).toBe(2);
    await loop.stop();
  });

  it('does not lose a nudge that comes during a round', async () => {
    const clock = createFakeClock();
    let rounds = 0;
    const loop = startLoop({
      clock,
      round: () => {
        rounds += 1;
        if (rounds === 1) loop.nudge();
        return Promise.resolve(60_000);
      },
    });

    await clock.advance(0);

    expect(rounds).toBe(2);
    await loop.stop();
  });

  it('ends the present round by its signal, and only then says stopped', async () => {
    const clock = createFakeClock();
    let isOver = false;
    const loop = startLoop({
      clock,
      round: async (signal) => {
        await clock.sleep(60_000, signal);
        isOver = true;
        return 0;
      },
    });
    await clock.whenAsleep();

    await loop.stop();

    expect(isOver).toBe(true);
  });

  it('tells whoever asks that a round threw', async () => {
    const clock = createFakeClock();
    const loop = startLoop({ clock, round: () => Promise.reject(new Error('a bug')) });

    await expect(loop.ended).rejects.toThrow('a bug');
  });
});
