import { loadScenario, type Scenario } from '../../src/sandbox/scenario.ts';
import type { Part } from '../../src/simulation/part.ts';
import type { Fired } from '../../src/simulation/promtool.ts';
import { simulate } from '../../src/simulation/run.ts';
import { EVERY_MS, mailsOf, partsOf } from './month.ts';

/** What came of one month. */
export interface Month {
  readonly verdicts: number;
  /** Canaries about which something was said that is not so, in words. */
  readonly wrong: readonly string[];
  /** How often alerts of that severity began to fire. */
  readonly pages: number;
  readonly tickets: number;
  readonly alerts: readonly Alarm[];
  /** Of the month that was played, in milliseconds. */
  readonly playedMs: number;
}

/** An alert in a month; `atMs` from its start. */
export type Alarm = Pick<Fired, 'alert' | 'severity' | 'times'> & { readonly atMs: number };

export async function quietMonth(seed: number): Promise<Month> {
  const scenario = await loadScenario('quiet-month');
  return playParts(scenario, seed, partsOf(scenario, mailsOf(scenario, seed)));
}

/** Plays parts of a scenario one by one, and has promtool judge each by the generated rules. */
export async function playParts(
  scenario: Scenario,
  seed: number,
  parts: readonly Part[],
): Promise<Month> {
  const wrong: string[] = [];
  const alerts: Alarm[] = [];
  const sums = { verdicts: 0, playedMs: 0 };
  for (const part of parts) {
    const { signal } = new AbortController();
    const options = { scenario, seed, part, everyMs: EVERY_MS, samples: true, rules: true, signal };
    const report = await simulate(options);
    if (report.type === 'refused') throw new Error(report.why);
    sums.verdicts += report.checked;
    sums.playedMs += part.toMs - part.fromMs;
    wrong.push(...report.mistakes.map(({ said, truth }) => `${said}, but it ${truth}`));
    for (const { alert, severity, times, first } of report.alerts ?? []) {
      alerts.push({ alert, severity, times, atMs: part.samplesFromMs + first * 1_000 });
    }
  }
  const count = (severity: string): number =>
    alerts.filter((one) => one.severity === severity).reduce((sum, { times }) => sum + times, 0);
  return { ...sums, wrong, alerts, pages: count('page'), tickets: count('ticket') };
}
