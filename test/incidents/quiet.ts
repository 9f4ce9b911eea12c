import { loadScenario, type Scenario } from '../../src/sandbox/scenario.ts';
import type { Part } from '../../src/simulation/part.ts';
import { evaluateEach, type Fired, type Samples } from '../../src/simulation/promtool.ts';
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
  const sums = { verdicts: 0, playedMs: 0 };
  const sittings = new Map<string, Sitting[]>();
  for (const part of parts) {
    const { signal } = new AbortController();
    const options = {
      scenario,
      seed,
      part,
      everyMs: EVERY_MS,
      samples: true,
      rules: false,
      signal,
    };
    const report = await simulate(options);
    if (report.type === 'refused') throw new Error(report.why);
    sums.verdicts += report.checked;
    sums.playedMs += part.toMs - part.fromMs;
    wrong.push(...report.mistakes.map(({ said, truth }) => `${said}, but it ${truth}`));
    const { samples, files } = report;
    if (samples === undefined || files === undefined) throw new Error('there are no samples');
    // Rules follow from the step.
    sittings.set(files.rules, [...(sittings.get(files.rules) ?? []), { part, samples }]);
  }
  const alerts = await judge(sittings);
  const count = (severity: string): number =>
    alerts.filter((one) => one.severity === severity).reduce((sum, { times }) => sum + times, 0);
  return { ...sums, wrong, alerts, pages: count('page'), tickets: count('ticket') };
}

interface Sitting {
  readonly part: Part;
  readonly samples: Samples;
}

async function judge(byRules: ReadonlyMap<string, readonly Sitting[]>): Promise<readonly Alarm[]> {
  const alarms: Alarm[] = [];
  for (const [rules, sittings] of byRules) {
    const found = await evaluateEach(
      sittings.map(({ samples }) => samples),
      rules,
    );
    for (const [index, { part }] of sittings.entries()) {
      for (const { alert, severity, times, first } of found[index] ?? []) {
        alarms.push({ alert, severity, times, atMs: part.samplesFromMs + first * 1_000 });
      }
    }
  }
  return alarms;
}
