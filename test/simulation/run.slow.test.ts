import { describe, expect, it } from 'vitest';
import { parseScenario } from '../../src/sandbox/scenario.ts';
import { simulate, type SimulationReport } from '../../src/simulation/run.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

async function run(scenario: string, more: { seed?: number; everyMs?: number } = {}) {
  const { seed = 1, everyMs = MINUTE } = more;
  const { signal } = new AbortController();
  const report = await simulate({ scenario, seed, everyMs, samples: false, rules: false, signal });
  if (report.type === 'refused') throw new Error(report.why);
  return report;
}

function pageTimes({ pages, startedAt }: SimulationReport): readonly (readonly [string, number])[] {
  return pages.map(({ probe, since }) => [probe, since - startedAt]);
}

describe('simulate', () => {
  it('total-outage: one page, from 10 to 12 min after the onset', async () => {
    const report = await run('total-outage');

    const [[probe, at] = ['', 0], ...others] = pageTimes(report);
    expect([probe, others]).toEqual(['support', []]);
    expect(at - report.onsetMs).toBeGreaterThan(10 * MINUTE);
    expect(at - report.onsetMs).toBeLessThanOrEqual(12 * MINUTE);
    expect(report.mistakes).toEqual([]);
    expect(report.counts.get('support')).toMatchObject({ lost: 0, unsent: 0 });
  });

  it('is the same again for a seed, and another for another', async () => {
    const [one, same, other] = [
      await run('total-outage', { seed: 5 }),
      await run('total-outage', { seed: 5 }),
      await run('total-outage', { seed: 6 }),
    ];

    expect(same).toEqual(one);
    expect(other).not.toEqual(one);
  });

  it('watcher-blind: blind, not late; true latencies afterwards, from the stamps', async () => {
    const report = await run('watcher-blind');

    expect(report.pages.map(({ why }) => why)).toEqual([expect.stringMatching(/nobody can look/)]);
    expect(report.mistakes).toEqual([]);
    const support = report.counts.get('support');
    expect(support?.onTime).toBe(support?.accepted);
  });

  it('sender-down: not sent, and nothing late or lost', async () => {
    const report = await run('sender-down');

    expect(report.counts.get('support')).toMatchObject({ overdue: 0, lost: 0 });
    expect(report.counts.get('support')?.unsent).toBeGreaterThan(10);
    expect(report.pages.map(({ why }) => why)).toEqual([
      'no test mail gets out',
      'no test mail gets out',
    ]);
  });

  it('suspended: misfiled, not late', async () => {
    const { counts, truth, mistakes } = await run('suspended');

    expect(counts.get('support')).toMatchObject({ overdue: 0, misfiled: 60 });
    expect([truth.lost, mistakes]).toEqual([0, []]);
  });

  it('duplicate-storm: twice, and in time', async () => {
    const { counts, truth, pages } = await run('duplicate-storm');

    expect(counts.get('support')).toMatchObject({ overdue: 0, duplicated: truth.duplicated });
    expect(truth.duplicated).toBeGreaterThanOrEqual(29);
    expect(pages).toEqual([]);
  });

  it('monitor-restart: the same page goes on', async () => {
    const report = await run('monitor-restart');

    expect(report.pages).toHaveLength(1);
    expect(report.mistakes).toEqual([]);
  });

  it('clock-step: every verdict is right', async () => {
    const { mistakes, counts } = await run('clock-step');

    expect(mistakes).toEqual([]);
    expect(counts.get('support')?.onTime).toBe(counts.get('support')?.accepted);
  });

  it(
    'helpscout-2015: silent before, counted as it was, no wrong verdict',
    { timeout: 240_000 },
    async () => {
      const { counts, truth, mistakes, pages, startedAt, onsetMs } = await run('helpscout-2015');

      expect(onsetMs).toBe(24 * HOUR);
      expect(pages.filter(({ since }) => since - startedAt < onsetMs)).toEqual([]);
      expect(mistakes).toEqual([]);
      const support = counts.get('support');
      expect(support?.lost).toBe(truth.lost);
      expect(support?.duplicated).toBe(truth.duplicated);
    },
  );

  it('a probe for each inbound server: the bad one is red, and quiet once it is taken out', async () => {
    const scenario = parseScenario(
      `{ name: short, about: One of four loses half., servers: 4, lasts: 3h, steps: [
        { at: 30m, set: { helpdesk: { servers: { mx2: { loss: 0.5 } } } } },
        { at: 2h, set: { helpdesk: { servers: { mx2: { out: true } } } } } ] }`,
      'short.yaml',
    );
    const { signal } = new AbortController();
    const request = { seed: 1, everyMs: MINUTE, samples: false, rules: false, signal };

    const report = await simulate({ ...request, scenario, perServer: true });

    if (report.type === 'refused') throw new Error(report.why);
    const { counts, pages, mistakes, onsetMs, startedAt, truth } = report;
    expect([...counts.keys()]).toEqual([
      'control',
      ...[1, 2, 3, 4].map((server) => `support-mx${server}`),
    ]);
    expect(new Set(pages.map(({ probe }) => probe))).toEqual(new Set(['support-mx2']));
    expect(pages[0]?.since).toBeGreaterThan(startedAt + onsetMs);
    expect(pages.at(-1)?.until).toBeLessThanOrEqual(startedAt + 2 * HOUR + 2 * MINUTE);
    const bad = counts.get('support-mx2');
    expect(truth.missing).toBeGreaterThan(30);
    expect((bad?.overdue ?? 0) + (bad?.void ?? 0)).toBeGreaterThanOrEqual(truth.missing);
    // Nothing more is sent to it than what left before the order came.
    expect(bad?.unsent).toBeLessThanOrEqual(2);
    expect(counts.get('support-mx1')).toMatchObject({ overdue: 0, void: 0, unsent: 0 });
    expect(mistakes).toEqual([]);
  });

  it('half a scenario is no answer', async () => {
    const stop = new AbortController();
    stop.abort();
    const request = { seed: 1, everyMs: MINUTE, samples: false, rules: false };

    const report = await simulate({ ...request, scenario: 'total-outage', signal: stop.signal });

    expect(report).toEqual({ type: 'refused', why: 'it was stopped' });
  });

  it('answers why it cannot run', async () => {
    const { signal } = new AbortController();
    const request = { seed: 1, everyMs: MINUTE, samples: false, rules: false, signal };

    const [unknown, tooQuick] = [
      await simulate({ ...request, scenario: 'nothing' }),
      await simulate({ ...request, scenario: 'total-outage', everyMs: 1 }),
    ];

    expect(unknown.type === 'refused' ? unknown.why : '').toMatch(/no scenario/);
    expect(tooQuick.type).toBe('refused');
  });
});
