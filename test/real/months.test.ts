import { expect, it } from 'vitest';
import { loadScenario } from '../../src/sandbox/scenario.ts';
import { mailsOf, partsOf } from '../incidents/month.ts';
import { playParts, quietMonth, type Alarm } from '../incidents/quiet.ts';

const HOUR = 3_600_000;

it(
  'a quiet month (npm run months plays more of them): no page, two tickets at most, no wrong verdict',
  { timeout: 300_000 },
  async () => {
    const { pages, tickets, wrong, verdicts, alerts } = await quietMonth(1);

    expect(wrong).toEqual([]);
    expect([pages, alerts.filter(({ severity }) => severity === 'page')]).toEqual([0, []]);
    expect(tickets).toBeLessThanOrEqual(2);
    expect(verdicts).toBeGreaterThan(50);
  },
);

it(
  'the part around the bad minutes of the API alone makes the same alerts fire as an hour and a half',
  { timeout: 300_000 },
  async () => {
    const scenario = await loadScenario('quiet-month');
    const [fromMs, toMs] = [199.5 * HOUR, 201 * HOUR];
    const parts = partsOf(scenario, mailsOf(scenario, 1)).filter(
      (part) => part.fromMs >= fromMs && part.toMs <= toMs,
    );
    const whole = { fromMs, samplesFromMs: fromMs, toMs, stepMs: 15_000 };

    const [ofParts, ofAll] = [
      await playParts(scenario, 1, parts),
      await playParts(scenario, 1, [whole]),
    ];

    expect(told(ofParts.alerts)).toEqual(told(ofAll.alerts));
    expect(told(ofAll.alerts)).toEqual(['ticket EmailMonitorBlindSoon, 1 times']);
    expect(ofAll.wrong).toEqual([]);
  },
);

/** The dead man's switch always fires, notes (severity info) are for dashboards; looks fail by chance, so times differ. */
function told(alerts: readonly Alarm[]): readonly string[] {
  return alerts
    .filter(({ severity }) => severity === 'page' || severity === 'ticket')
    .map(({ alert, severity, times }) => `${severity} ${alert}, ${times} times`)
    .sort();
}
