import { outcomeOf } from '../../src/domain/canary.ts';
import { samplesOf, type ParsedMetrics } from '../support/openmetrics.ts';
import type { Cell } from './cells.ts';
import { expect, type Expected, type Range } from './expected.ts';
import type { Seen } from './bench.ts';

/** What came of a cell, in the columns of the page. */
export interface Row {
  readonly outcome: string;
  readonly verdict: string;
  /** Counters that rose by the fault. */
  readonly counters: readonly string[];
  readonly log: string;
  /** In milliseconds: as {@link Expected.within}. */
  readonly took: number | null;
  readonly requests: number;
  readonly gap: number | null;
}

export function rowOf(cell: Cell, seen: Seen): Row {
  const { canary, asked, said, metrics } = seen;
  const [first, second] = asked;
  return {
    outcome: outcomeOf(canary),
    verdict: canary.settlement?.verdict ?? 'none',
    counters: [
      ...risen(metrics, 'mailcanary_unsent_total', 'reason'),
      ...risen(metrics, 'mailcanary_in_doubt_total'),
      ...risen(metrics, 'mailcanary_watch_polls_total', 'result').filter(
        (it) => !it.includes('"ok"'),
      ),
    ],
    log: said[0] === undefined ? 'none' : `${said[0].message} (${said[0].reason})`,
    took: tookOf(cell, seen),
    requests: asked.length,
    gap: first === undefined || second === undefined ? null : second - first,
  };
}

function tookOf({ line }: Cell, { answeredAt, launchedAt, asked, said }: Seen): number | null {
  if (line === 'smtp') return answeredAt - launchedAt;
  const [fault, word] = [asked[0], said[0]?.at];
  return fault === undefined || word === undefined ? null : word - fault;
}

/** Where a cell is not as it must be, in words; none: it is. */
export function differences(cell: Cell, seen: Seen): readonly string[] {
  const expected = expect(cell);
  const row = rowOf(cell, seen);
  const { metrics, copies, said } = seen;
  const found: string[] = [];
  const must = (isSo: boolean, words: string): void => {
    if (!isSo) found.push(words);
  };
  must(
    expected.outcome.some((it) => it === row.outcome),
    `outcome ${row.outcome}`,
  );
  must((expected.verdict ?? 'none') === row.verdict, `verdict ${row.verdict}`);
  must(
    expected.copies.some((it) => it === copies),
    `${copies} copies`,
  );
  must(isWithin(row.requests, expected.requests), `${row.requests} requests`);
  must(
    expected.gap === null || isGapRight(row.gap, expected.gap),
    `asked again after ${row.gap} ms`,
  );
  must(
    expected.within === null || isWithin(row.took ?? -1, expected.within),
    `took ${row.took} ms`,
  );
  must(logIsRight(expected, said), `log: ${row.log}`);
  return [...found, ...wrongCounters(expected, row, metrics), ...brokenBooks(metrics)];
}

function isWithin(value: number, [least, most]: Range): boolean {
  return value >= least && value <= most;
}

/** One that must not come before the cell is over does not come. */
function isGapRight(gap: number | null, range: Range): boolean {
  return gap === null ? range[0] > LIFE_MS : isWithin(gap, range);
}

const LIFE_MS = 300_000;

function logIsRight({ log }: Expected, said: Seen['said']): boolean {
  const [first] = said;
  if (log === null || first === undefined) return log === null;
  return log.message.test(first.message) && log.reasons.includes(first.reason);
}

function wrongCounters(expected: Expected, row: Row, metrics: ParsedMetrics): readonly string[] {
  const found: string[] = [];
  const unsent = raised(metrics, 'mailcanary_unsent_total', 'reason');
  const isUnsent = row.outcome === 'unsent';
  const reason = [...unsent.keys()][0] ?? '';
  if (sum(unsent) !== (isUnsent ? 1 : 0)) found.push(`unsent_total ${sum(unsent)}`);
  if (isUnsent && !(expected.log?.reasons ?? []).some((it) => it === reason)) {
    found.push(`unsent_total{reason="${reason}"}`);
  }
  const doubts = sum(raised(metrics, 'mailcanary_in_doubt_total'));
  if (!expected.inDoubt.some((it) => it === doubts)) found.push(`in_doubt_total ${doubts}`);
  const verdicts = raised(metrics, 'mailcanary_verdicts_total', 'verdict');
  const judged = expected.verdict === null ? 0 : (verdicts.get(expected.verdict) ?? 0);
  if (sum(verdicts) !== judged || judged !== (expected.verdict === null ? 0 : 1)) {
    found.push(`verdicts_total ${[...verdicts.entries()].join(' ')}`);
  }
  const failed = raised(metrics, 'mailcanary_watch_polls_total', 'result');
  failed.delete('ok');
  const { results, least } = expected.polls;
  const strange = [...failed.keys()].filter((it) => !results.some((known) => known === it));
  if (strange.length > 0 || sum(failed) < least) {
    found.push(`watch_polls_total ${[...failed.entries()].join(' ')}`);
  }
  return found;
}

/** The two equations of the books (truth 6). */
function brokenBooks(metrics: ParsedMetrics): readonly string[] {
  const total = (name: string): number =>
    samplesOf(metrics, `mailcanary_${name}`).reduce((all, { value }) => all + value, 0);
  const found: string[] = [];
  if (total('accepted_total') !== total('verdicts_total') + total('unjudged')) {
    found.push('accepted is not verdicts and unjudged');
  }
  if (total('launched_total') !== total('canaries'))
    found.push('launched is not the sum of outcomes');
  return found;
}

/** Label to value, of those above zero; without a label all together. */
function raised(metrics: ParsedMetrics, name: string, label?: string): Map<string, number> {
  const values = new Map<string, number>();
  for (const { labels, value } of samplesOf(metrics, name)) {
    const key = label === undefined ? '' : (labels.get(label) ?? '');
    if (value > 0) values.set(key, (values.get(key) ?? 0) + value);
  }
  return values;
}

function risen(metrics: ParsedMetrics, name: string, label?: string): readonly string[] {
  const short = name.replace('mailcanary_', '');
  return [...raised(metrics, name, label).keys()].map((key) =>
    label === undefined ? short : `${short}{${label}="${key}"}`,
  );
}

function sum(values: ReadonlyMap<string, number>): number {
  return [...values.values()].reduce((all, value) => all + value, 0);
}
