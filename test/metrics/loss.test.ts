import { describe, expect, it } from 'vitest';
import { ROUTE } from '../domain/samples.ts';
import { aProbe, read, readText, someMetrics } from './support.ts';

const loss = { evidenceLog10: 4.2, level: 'usual' as const, lastDay: { count: 1, of: 240 } };

describe('metrics of loss', () => {
  it('say how strong the evidence is, and from where on it counts', async () => {
    const metrics = someMetrics({
      probes: () => [aProbe({ loss }), aProbe({ route: { ...ROUTE, probe: 'new' }, loss: null })],
      lossThresholds: () => ({ page: 1_000_000, ticket: 10_000 }),
    });

    const text = await readText(metrics);

    const own = 'role="target",sender="relay",vantage="default"';
    expect(text).toContain(`mailcanary_loss_evidence_log10{probe="support",${own}} 4.2\n`);
    expect(text).toContain(`mailcanary_loss_evidence_log10{probe="new",${own}} NaN\n`);
    expect(text).toContain('mailcanary_loss_evidence_page_threshold_log10 6\n');
    expect(text).toContain('mailcanary_loss_evidence_ticket_threshold_log10 4\n');
    expect(text).not.toContain('loss_ratio_bound');
  });

  it('give the bounds of the ratio of a day where they are asked for', async () => {
    const switches = { loss_ratio_bound: true };

    const parsed = await read(someMetrics({ probes: () => [aProbe({ loss })] }, { switches }));

    const samples = parsed.get('mailcanary_loss_ratio_bound')!.samples;
    const found = samples.map(({ labels, value }) => [
      labels.get('window'),
      labels.get('bound'),
      Number(value.toFixed(4)),
    ]);
    // The quantiles of Beta(1.5, 239.5) at 2.5 % and 97.5 %.
    expect(found).toEqual([
      ['24h', 'lower', 0.0004],
      ['24h', 'upper', 0.0193],
    ]);
  });

  it('are left out when they cannot be read, and all others stay', async () => {
    const metrics = someMetrics({
      lossThresholds: () => {
        throw new Error('not now');
      },
    });

    const text = await readText(metrics);

    expect(text).not.toContain('loss_evidence_page_threshold');
    expect(text).toContain('mailcanary_ledger_writable 1\n');
    expect(text).toContain('mailcanary_collect_errors_total{collector="probes"} 1\n');
  });
});
