import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MonitorError, messageOf } from '../base/errors.ts';
import { notationOf } from './series.ts';

/** When an alert fired: its first and last evaluation, and in how many pieces. Seconds from the start. */
export interface Fired {
  readonly alert: string;
  readonly severity: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly first: number;
  readonly last: number;
  readonly times: number;
}

/** What Prometheus would have scraped, and how long and how often. */
export interface Samples {
  readonly name: string;
  readonly series: ReadonlyMap<string, readonly (number | null)[]>;
  /** Of scrape and evaluation, in seconds. */
  readonly step: number;
  /** The last scrape, in seconds. */
  readonly until: number;
}

const FIRING = 'ALERTS{alertstate="firing"}';

/** promtool takes at most 10,000 samples a query: a slice has so many evaluations, and at most some ten alerts fire. */
const SLICE = 400;

interface Query {
  readonly expr: string;
  /** Its end, in seconds. */
  readonly at: number;
}

/**
 * Of each slice: first and last evaluation of each alert, and how many times it began. `test` tells the answers of one test
 * from those of another.
 */
function queriesOf(
  { step, until }: Samples,
  test: number,
): readonly (readonly [Query, Query, Query])[] {
  const tag = test === 0 ? '' : ` + 0 * ${test}`;
  const slices = Math.ceil((until / step + 1) / SLICE);
  return Array.from({ length: slices }, (_, index) => {
    const at = Math.min(until, ((index + 1) * SLICE - 1) * step);
    // Less a second, or it would begin with the last evaluation of the slice before.
    const count = at / step - index * SLICE + 1;
    const span = `[${count * step - 1}s:${step}s]`;
    return [
      { at, expr: `min_over_time(timestamp(${FIRING})${span})${tag}` },
      { at, expr: `max_over_time(timestamp(${FIRING})${span})${tag}` },
      { at, expr: `count_over_time((${FIRING} unless ${FIRING} offset ${step}s)${span})${tag}` },
    ];
  });
}

/**
 * A file for `promtool test rules`, beside the rules in rules.yml (JSON, which is YAML). It expects nothing to fire,
 * so that promtool prints what does.
 */
export function promtoolTest(samples: Samples): string {
  return testFile([samples]);
}

/** All of one step. */
function testFile(all: readonly Samples[]): string {
  return JSON.stringify({
    rule_files: ['rules.yml'],
    evaluation_interval: `${all[0]?.step ?? 0}s`,
    tests: all.map(testOf),
  });
}

function testOf(samples: Samples, index: number) {
  const { name, series, step, until } = samples;
  const length = Math.floor(until / step) + 1;
  return {
    name,
    interval: `${step}s`,
    input_series: [...series].map(([of, values]) => ({
      series: of,
      values: notationOf(values, length),
    })),
    promql_expr_test: queriesOf(samples, index)
      .flat()
      .map(({ expr, at }) => ({ expr, eval_time: `${at}s`, exp_samples: [] })),
  };
}

/**
 * Has promtool evaluate rules over samples.
 *
 * @throws MonitorError `config` when there is no promtool, or it does not take rules or samples.
 */
export async function evaluateRules(samples: Samples, rules: string): Promise<readonly Fired[]> {
  const [fired = []] = await evaluateEach([samples], rules);
  return fired;
}

/** The same over several recordings of one step, each for itself: promtool is started once. */
export async function evaluateEach(
  all: readonly Samples[],
  rules: string,
): Promise<readonly (readonly Fired[])[]> {
  const output = await runPromtool(rules, testFile(all));
  return all.map((samples, index) => firedOf(output, queriesOf(samples, index)));
}

function firedOf(output: string, slices: ReturnType<typeof queriesOf>): readonly Fired[] {
  const found = new Map<string, { first: number; last: number; times: number }>();
  for (const slice of slices) {
    const [first, last, times] = slice.map((query) => answerOf(output, query));
    for (const [text, at] of first ?? []) {
      const known = found.get(text) ?? { first: at, last: at, times: 0 };
      known.last = last?.get(text) ?? known.last;
      known.times += times?.get(text) ?? 0;
      found.set(text, known);
    }
  }
  return [...found].map(([text, { first, last, times }]) => {
    const { alertname = '', severity = '', ...labels } = labelsOf(text);
    return { alert: alertname, severity, labels, first, last, times };
  });
}

async function runPromtool(rules: string, test: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'mailcanary-promtool-'));
  try {
    await writeFile(join(folder, 'rules.yml'), rules);
    await writeFile(join(folder, 'test.yml'), test);
    const child = spawn('promtool', ['test', 'rules', 'test.yml'], {
      cwd: folder,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => (output += text));
    }
    await once(child, 'close');
    // One rule that fails ends the whole test, and nothing would seem to fire.
    const fault = /^.*\berr: .*$/m.exec(output)?.[0];
    if (fault !== undefined) throw failed(`promtool: ${fault.trim()}`);
    return output;
  } catch (error) {
    if (error instanceof MonitorError) throw error;
    throw failed(`promtool cannot be run: ${messageOf(error)}`);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** By the text of the labels. */
function answerOf(output: string, { expr, at }: Query): ReadonlyMap<string, number> {
  const parts = output.split(`expr: ${JSON.stringify(expr)}, time: ${timeText(at)},`);
  const [, rest] = parts;
  // An answer that is as expected, nothing, is not printed.
  if (rest === undefined && /SUCCESS|FAILED/.test(output)) return new Map();
  const got = /^\s*exp:.*\n?\s*got:(.*)/.exec(rest ?? '')?.[1];
  if (got === undefined) throw failed(`promtool: ${(rest ?? output).slice(0, 2_000)}`);
  const found = got.matchAll(/(\{[^}]*\}) (-?[\d.]+(?:[eE][+-]?\d+)?)/g);
  return new Map([...found].map(([, labels = '', value]) => [labels, Number(value)]));
}

/** As Prometheus writes a duration: `1h30m5s`, without what is zero. */
function timeText(seconds: number): string {
  if (seconds === 0) return '0s';
  const units: readonly (readonly [string, number])[] = [
    ['d', 86_400],
    ['h', 3_600],
    ['m', 60],
    ['s', 1],
  ];
  let rest = seconds;
  let text = '';
  for (const [unit, size] of units) {
    const count = Math.floor(rest / size);
    rest -= count * size;
    if (count > 0) text += `${count}${unit}`;
  }
  return text;
}

function labelsOf(text: string): Record<string, string> {
  const found = text.matchAll(/(\w+)="([^"]*)"/g);
  return Object.fromEntries([...found].map(([, name = '', value = '']) => [name, value]));
}

function failed(message: string): MonitorError {
  return new MonitorError(message, { reason: 'config', retryable: false });
}
