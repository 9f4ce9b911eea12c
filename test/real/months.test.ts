import { expect, it } from 'vitest';
import { loadScenario } from '../../src/sandbox/scenario.ts';
import { mailsOf, partsOf } from '../incidents/month.ts';
import { playParts, quietMonth, type Alarm } from '../incidents/quiet.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

it(
  'a quiet month (npm run months plays more of them): no page, two tickets at most, no wrong verdict',
  { timeout: 120_000 },
  async () => {
    const { pages, tickets, wrong, verdicts, alerts } = await quietMonth(1);

    expect(wrong).toEqual([]);
    expect([pages, alerts.filter(({ severity }) => severity === 'page')]).toEqual([0, []]);
    expect(tickets).toBeLessThanOrEqual(2);
    expect(verdicts).toBeGreaterThan(50);
  },
);

/** Of the first, the API's bad minutes; of the second, two mails that are late within an hour. */
it.each([
  [1, 199.5, 201],
  [38, 502.5, 506.5],
])(
  'month %i, %d h to %d h: its parts alone make the same alerts fire as all of it',
  { timeout: 180_000 },
  async (seed, from, to) => {
    const scenario = await loadScenario('quiet-month');
    const [fromMs, toMs] = [from * HOUR, to * HOUR];
    const parts = partsOf(scenario, mailsOf(scenario, seed)).filter(
      (part) => part.fromMs >= fromMs && part.toMs <= toMs,
    );
    const whole = { fromMs, samplesFromMs: fromMs, toMs, stepMs: 15_000 };

    const [ofParts, ofAll] = [
      await playParts(scenario, seed, parts),
      await playParts(scenario, seed, [whole]),
    ];

    expect(parts).toHaveLength(1);
    expect(told(ofParts.alerts)).toEqual(told(ofAll.alerts));
    expect(told(ofAll.alerts)).not.toEqual([]);
    expect(ofAll.wrong).toEqual([]);
  },
);

/** The dead man's switch always fires; notes (severity info) are for dashboards. */
function told(alerts: readonly Alarm[]): readonly string[] {
  return alerts
    .filter(({ severity }) => severity === 'page' || severity === 'ticket')
    .map(({ alert, severity, times, atMs }) => {
      const minute = Math.round(atMs / (2 * MINUTE)) * 2;
      return `${severity} ${alert}, ${times} times, from minute ${minute}`;
    })
    .sort();
}
