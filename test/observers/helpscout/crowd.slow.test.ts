import { expect, test } from 'vitest';
import { failureOf } from '../../../src/engine/watch.ts';
import { runCrowd } from '../../support/helpdesk-crowd.ts';
import { accuracyOf, startDay } from '../../support/helpscout-days.ts';
import { createSandboxWorld } from '../../support/sandbox-world.ts';

const MINUTE = 60_000;
/** `requests_per_minute` as it is by default, and all that the server answers. */
const LIMIT = 60;
/** 1,000 probes at one in five minutes. */
const CROWD = { probes: 1_000, everyMs: 5 * MINUTE, forMs: 2 * MINUTE };

test('a thousand probes into one inbox: within the limit in every minute, looked at once a minute, and all judged', async () => {
  const createWorld = createSandboxWorld;
  const day = await startDay({ createWorld, limitPerMinute: LIMIT, config: { index_lag: '5s' } });
  const askedAt: number[] = [];
  day.world.override = () => {
    askedAt.push(day.clock.now());
    return undefined;
  };

  const ids = await runCrowd(day, CROWD);
  await day.clock.advance(MINUTE);

  const canaries = await day.find(ids);
  const completeAt = day.reports.flatMap((report) =>
    report.type === 'looked' && report.look.complete ? [report.look.startedAt] : [],
  );
  const failed = day.reports.filter((report) => failureOf(report) !== undefined);
  const { wrong } = accuracyOf(day, canaries);
  await day.stop();
  const inMinute = askedAt.map(
    (end) => askedAt.filter((at) => at > end - MINUTE && at <= end).length,
  );
  const gaps = completeAt.slice(1).map((at, index) => at - (completeAt[index] ?? at));
  expect(ids).toHaveLength(400);
  expect(canaries.filter(({ settlement }) => settlement?.verdict !== 'on_time')).toEqual([]);
  expect(wrong).toEqual([]);
  expect(Math.max(...inMinute)).toBeLessThanOrEqual(LIMIT);
  // What is beyond the limit is not even tried: looks rest in between.
  expect(failed.length).toBeLessThanOrEqual(3);
  expect(Math.max(...gaps)).toBeLessThanOrEqual(MINUTE + 5_000);
});
