import { expect, it } from 'vitest';
import { totalsOf } from '../../src/ledger/totals.ts';
import { aLaunch, ROUTE } from '../domain/samples.ts';
import { anEvent, aProbe, read, readText, someMetrics } from './support.ts';

const route = { ...ROUTE, front: ['mailbox'] };
const passed = {
  type: 'passed',
  observer: 'mailbox',
  latency: { low: 3_900, high: 4_100 },
} as const;
const event = anEvent(1, { launch: aLaunch({ route }), effects: [passed] });
const probes = () => [aProbe({ route, stages: [{ observer: 'mailbox', stuck: 2 }] })];

it('observers in front have series of their own, the same after a restart', async () => {
  const running = someMetrics({ probes });
  running.onEvent(event);
  const restarted = someMetrics({ probes, totals: { position: 1, totals: totalsOf([event]) } });

  for (const metrics of [running, restarted]) {
    const samples = [...(await read(metrics)).values()].flatMap((family) => family.samples);
    const value = (name: string, le?: string): number | undefined =>
      samples.find(
        (sample) =>
          sample.name === `mailcanary_${name}` &&
          (le === undefined || sample.labels.get('le') === le) &&
          sample.labels.get('stage') === 'mailbox',
      )?.value;
    expect(value('stage_arrivals_total')).toBe(1);
    expect(value('stage_latency_seconds_bucket', '1.0')).toBe(0);
    expect(value('stage_latency_seconds_bucket', '5.0')).toBe(1);
    expect(value('stage_latency_seconds_sum')).toBe(4);
    expect(value('stage_stuck')).toBe(2);
  }
});

it('a probe without them has none', async () => {
  expect(await readText(someMetrics())).not.toMatch(/^mailcanary_stage_/m);
});
