import { describe, expect, test } from 'vitest';
import { createSandboxWorld } from '../../support/sandbox-world.ts';
import { accuracyOf, medianOf, startDay, type DayOptions } from '../../support/helpscout-days.ts';

/** Twenty canaries prove the stamps honest; a few more, since not every bracket tells. */
const WARM_UP = 30;
const COUNT = 200;

async function measure(options: DayOptions) {
  const day = await startDay(options);
  const warm = await day.run(WARM_UP);
  const before = day.world.log.length;
  const ids = await day.run(COUNT);
  const requests = day.world.log.length - before;
  await day.run(1);
  const accuracy = accuracyOf(day, await day.find(ids));
  const early = accuracyOf(day, await day.find(warm));
  await day.stop();
  return { ...accuracy, early, requests: requests / COUNT, median: medianOf(accuracy.halfWidths) };
}

describe.each([
  ['a small fake', undefined],
  ['the helpdesk of the sandbox', createSandboxWorld],
])(
  '%s: latencies by stamps of whole seconds, a clock 40 s off, an index lag of 5 s',
  (_name, world) => {
    const createWorld = world === undefined ? {} : { createWorld: world };

    test(
      'are within 1.5 s in the median and 2.5 s at most, and hold the truth',
      { timeout: 60_000 },
      async () => {
        const fixed = await measure({ ...createWorld, fixedMs: 15_000 });
        const planned = await measure(createWorld);

        expect(planned.halfWidths).toHaveLength(COUNT);
        expect(planned.wrong).toEqual([]);
        expect(planned.early.wrong).toEqual([]);
        expect(planned.median).toBeLessThan(1_500);
        expect(planned.halfWidths.at(-1)).toBeLessThan(2_500);
        expect(fixed.median).toBeLessThan(1_500);
        expect(planned.median).toBeLessThan(fixed.median * 1.1);
        expect(planned.requests).toBeLessThan(fixed.requests / 2);
      },
    );
  },
);
