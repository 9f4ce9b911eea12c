import { expect, test } from 'vitest';
import { accuracyOf, startDay } from '../../support/helpscout-days.ts';
import { HelpscoutWorld } from '../../support/helpscout-world.ts';
import { describeOutcomes } from './outcomes.ts';

/** Enough for the stamps to be proven. */
const WARM_UP = 30;

describeOutcomes('a small fake', (options) => new HelpscoutWorld(options));

test(
  'when its stamps are of another clock than its Date: the bracket stands, and it is counted',
  { timeout: 60_000 },
  async () => {
    let world: HelpscoutWorld | undefined;
    const day = await startDay({ createWorld: (own) => (world = new HelpscoutWorld(own)) });
    await day.run(WARM_UP);
    if (world !== undefined) world.databaseOffsetMs = 50_000;
    const ids = await day.run(10);
    await day.run(1);
    const { wrong } = accuracyOf(day, await day.find(ids));
    const conflicts = day.reports.reduce(
      (sum, report) => sum + (report.type === 'looked' ? report.conflicts : 0),
      0,
    );
    await day.stop();

    expect(wrong).toEqual([]);
    expect(conflicts).toBe(1);
  },
);
