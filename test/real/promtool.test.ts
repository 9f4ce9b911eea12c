import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createProcessRegistry } from '../../src/metrics/process-metrics.ts';
import { toClassicText } from '../metrics/classic-text.ts';
import { aScript, playScript, readText, someMetrics } from '../metrics/support.ts';

it('promtool finds nothing to blame in what is exported', async () => {
  const metrics = someMetrics({}, { registry: createProcessRegistry() });
  const [script] = fc.sample(aScript, { numRuns: 1, seed: 7 });
  for (const event of playScript(script!).events) metrics.onEvent(event);
  const body = await readText(metrics);

  const { status, stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], {
    input: toClassicText(body),
    encoding: 'utf8',
  });

  expect(`${stdout}${stderr}`).toBe('');
  expect(status).toBe(0);
});
