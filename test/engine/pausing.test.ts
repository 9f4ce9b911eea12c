import { afterEach, beforeEach, expect, it } from 'vitest';
import { withPause, type Pauses } from '../../src/domain/schedule.ts';
import { CoreBench } from '../support/core-bench.ts';

const MINUTE = 60_000;

let bench: CoreBench;
beforeEach(() => {
  bench = new CoreBench();
});
afterEach(() => bench.stop());

it.each([
  ['while it runs', () => Promise.resolve()],
  ['after a restart', () => bench.restart()],
])(
  'a deadline that lay in a pause before the last one makes nobody overdue, %s',
  async (_name, meanwhile) => {
    await bench.start();
    await bench.pass(2 * MINUTE);
    bench.isBlind = true; // so that nobody is judged before the second pause has begun
    await bench.pass(3 * MINUTE);
    const early = bench.clock.now() - 2 * MINUTE;
    const pause = (forMs: number) => bench.daemon.pause('support', { forMs, reason: 'work' });

    await pause(9 * MINUTE); // from 5 to 14: the deadlines of what was launched from 0 to 4
    await bench.pass(10 * MINUTE);
    await pause(5 * MINUTE);
    await meanwhile();
    bench.isBlind = false;
    await bench.pass(15 * MINUTE);

    expect(bench.said({ until: early })).toMatchObject({ verdicts: ['void'] });
  },
);

it('the last one with another end is the same, and of very many the latest are remembered', () => {
  const pauseAt = (since: number, until = since + 1) => ({ since, until, reason: '' });
  const none: Pauses = { pause: null, earlierPauses: [] };

  const prolonged = withPause(withPause(none, pauseAt(0)), pauseAt(0, 9));
  const many = Array.from({ length: 1_000 }, (_one, index) => pauseAt(10 * index));
  const all = many.reduce(withPause, none);

  expect(prolonged).toEqual({ pause: pauseAt(0, 9), earlierPauses: [] });
  expect(all.pause?.since).toBe(9_990);
  expect(all.earlierPauses).toHaveLength(250);
  expect(all.earlierPauses.at(-1)?.since).toBe(9_980);
});
