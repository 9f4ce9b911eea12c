import { expect, it } from 'vitest';
import { describeKills, runKills } from '../soak/kill-run.ts';

// `npm run kills` does this hundreds of times, and then every step must have been hit.
it('kill -9 at any step: nothing forgotten, counted twice, sent twice or falsely lost', async () => {
  const run = await runKills({ count: 8, seed: 1 });

  expect(run.audit.problems).toEqual([]);
  expect(run.scrapeProblems).toEqual([]);
  expect(run.audit.verdicts).not.toHaveProperty('overdue');
  expect(run.audit.verdicts['on_time']).toBe(run.audit.accepted);
  expect(run.audit.accepted).toBeGreaterThan(20);
  const hit = Object.values(run.steps).filter((kills) => kills > 0).length;
  expect(hit, describeKills(run).join('\n')).toBeGreaterThanOrEqual(4);
}, 300_000);
