import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { DEFAULT_INPUT } from '../../src/generate/rules/input.ts';
import { renderRules } from '../../src/generate/rules/render.ts';
import { createProcessRegistry } from '../../src/metrics/process-metrics.ts';
import { evaluateEach, evaluateRules } from '../../src/simulation/promtool.ts';
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

it.each([1_000, 600_000, 7_200_000])(
  'promtool finds nothing to blame in the rules, late_after %d ms',
  (lateAfterMs) => {
    const folder = mkdtempSync(join(tmpdir(), 'mailcanary-rules-'));
    const file = join(folder, 'rules.yml');
    const probes = ['a', 'b'].map((name, index) => ({
      name,
      role: 'target' as const,
      lateAfterMs: lateAfterMs * (index + 1),
    }));
    writeFileSync(file, renderRules({ ...DEFAULT_INPUT, probes }));

    const { status, stdout, stderr } = spawnSync(
      'promtool',
      ['check', 'rules', '--lint=all', file],
      {
        encoding: 'utf8',
      },
    );
    rmSync(folder, { recursive: true });

    expect(`${stdout}${stderr}`).toMatch(/SUCCESS: \d+ rules found/);
    expect(status).toBe(0);
  },
);

it('a rule that cannot be evaluated is an error, not an alert that does not fire', async () => {
  const rules = JSON.stringify({
    groups: [
      {
        name: 'too much',
        rules: [
          { alert: 'Always', expr: 'vector(1)' },
          { record: 'much', expr: 'sum_over_time(many[3d])' },
        ],
      },
    ],
  });
  const series = new Map([['many', Array.from({ length: 10_100 }, () => 1)]]);
  const samples = { name: 'much', series, step: 10, until: 10_099 * 10 };

  await expect(evaluateRules(samples, rules)).rejects.toThrow(/too many samples/);
});

it('of several recordings each has alerts of its own', async () => {
  const rule = { alert: 'Much', expr: 'water > 1', labels: { severity: 'page' } };
  const rules = JSON.stringify({ groups: [{ name: 'levels', rules: [rule] }] });
  const levels = [
    [0, 2, 2, 0, 2],
    [0, 0, 0, 0, 0],
    [2, 0, 0, 0, 0],
  ];
  const recordings = levels.map((level, index) => ({
    ...{ name: `recording ${index}`, step: 30, until: 120 },
    series: new Map([['water', level]]),
  }));

  const fired = await evaluateEach(recordings, rules);

  expect(fired.map((each) => each.map(({ first, last, times }) => [first, last, times]))).toEqual([
    [[30, 120, 2]],
    [],
    [[0, 0, 1]],
  ]);
});
