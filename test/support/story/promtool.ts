import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { notationOf, playStory, type Played } from './series.ts';
import type { Story } from './story.ts';

/** When an alert fired: its first and last evaluation, and in how many pieces. Seconds of the story. */
export interface Fired {
  readonly alert: string;
  readonly severity: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly first: number;
  readonly last: number;
  readonly times: number;
}

/** What the rules made of a story, and whom the domain blamed meanwhile. */
export interface Watched {
  readonly fired: readonly Fired[];
  readonly culprits: Played['culprits'];
}

/** Has promtool evaluate the rules over what a story would have exported. */
export async function watchStory(story: Story, rules: string): Promise<Watched> {
  const { step = 5, until } = story;
  const wanted = new Set(rules.match(/\bmailcanary_\w+/g));
  const { series, culprits } = await playStory(story, wanted);
  const length = Math.floor(until / step) + 1;
  const firing = 'ALERTS{alertstate="firing"}';
  const span = `[${until + step}s:${step}s]`;
  const queries = [
    `min_over_time(timestamp(${firing})${span})`,
    `max_over_time(timestamp(${firing})${span})`,
    // Evaluations at which it fires and did not right before.
    `count_over_time((${firing} unless ${firing} offset ${step}s)${span})`,
  ];
  const test = {
    rule_files: ['rules.yml'],
    evaluation_interval: `${step}s`,
    tests: [
      {
        name: story.name,
        interval: `${step}s`,
        input_series: [...series].map(([name, values]) => ({
          series: name,
          values: notationOf(values, length),
        })),
        promql_expr_test: queries.map((expr) => ({
          expr,
          eval_time: `${until}s`,
          exp_samples: [],
        })),
      },
    ],
  };
  const output = await runPromtool(rules, JSON.stringify(test));
  const [first, last, times] = answersOf(output, queries);
  const fired = [...first!].map(([labels, at]) => {
    const { alertname = '', severity = '', ...rest } = labelsOf(labels);
    return {
      ...{ alert: alertname, severity, labels: rest, first: at },
      last: last!.get(labels) ?? Number.NaN,
      times: times!.get(labels) ?? Number.NaN,
    };
  });
  return { fired, culprits };
}

async function runPromtool(rules: string, test: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'mailcanary-story-'));
  await writeFile(join(folder, 'rules.yml'), rules);
  await writeFile(join(folder, 'test.yml'), test);
  // The queries expect nothing, so that promtool prints what there is.
  const child = spawn('promtool', ['test', 'rules', 'test.yml'], { cwd: folder });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => (output += text));
  }
  await once(child, 'close');
  await rm(folder, { recursive: true });
  return output;
}

type Answers = ReadonlyMap<string, number>;

function answersOf(output: string, queries: readonly string[]): readonly Answers[] {
  return queries.map((query) => {
    const [, rest] = output.split(`expr: ${JSON.stringify(query)}`);
    const got = /got:(.*)/.exec(rest ?? '')?.[1];
    // An answer that is as expected, nothing, is not printed.
    if (rest === undefined && /SUCCESS|FAILED/.test(output)) return new Map();
    if (got === undefined) throw new Error(`promtool: ${output.slice(0, 2_000)}`);
    return new Map(
      [...got.matchAll(/(\{[^}]*\}) (-?[\d.]+(?:E[+-]\d+)?)/g)].map(([, labels, value]) => [
        labels!,
        Number(value),
      ]),
    );
  });
}

function labelsOf(text: string): Record<string, string> {
  return Object.fromEntries(
    [...text.matchAll(/(\w+)="([^"]*)"/g)].map(([, name, value]) => [name!, value!]),
  );
}
