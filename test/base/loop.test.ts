import { describe, expect, it } from 'vitest';
import { startLoop } from '../../src/base/loop.ts';
import { createFakeClock } from '../support/fake-clock.ts';

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
