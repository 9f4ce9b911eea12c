import { formatDuration } from '../../base/duration.ts';
import type { SimulationReport } from '../../simulation/run.ts';
import { elapsed, type DemoScreen } from './demo.ts';
import { table } from './style.ts';
import { shorten, wrap } from './width.ts';

export interface SimulationRun {
  readonly everyMs: number;
  readonly seed: number;
  /** Of real time. */
  readonly tookMs: number;
}

/** For a terminal: what happened when, the books, and whether they are right. */
export function simulationText(
  report: SimulationReport,
  run: SimulationRun,
  { columns, style }: DemoScreen,
): string {
  const { scenario, mistakes, checked } = report;
  const [lasts, every, took] = [scenario.lasts, run.everyMs, run.tookMs].map(formatDuration);
  const right =
    mistakes.length === 0
      ? style.good(`All ${checked} verdicts are right.`)
      : style.bad(`${mistakes.length} of ${checked} verdicts are wrong.`);
  const events = timeLine(report);
  const whoWidth = Math.max(7, ...events.map(({ who }) => who.length));
  const lines = [
    style.bold(shorten(`${scenario.name}: ${scenario.about}`, columns)),
    ...wrap(
      `${lasts}, a canary every ${every} to each probe, seed ${run.seed}; played in ${took}.`,
      columns,
    ),
    '',
    ...events.map(({ atMs, who, words, tone }) => {
      const head = `${elapsed(atMs, false).padStart(9)}  ${who.padEnd(whoWidth)}  `;
      const text = shorten(words, columns - head.length);
      return `${head}${tone === undefined ? text : style[tone](text)}`;
    }),
    '',
    ...bookLines(report).map((line) => shorten(line, columns)),
    '',
    ...wrap(truthWords(report), columns),
    ...wrap(summaryWords(report), columns),
    right,
    ...mistakes
      .slice(0, 10)
      .map(({ canary, probe, said, truth }) =>
        shorten(`  ${canary} of ${probe}: ${said}, but it ${truth}`, columns),
      ),
  ];
  return `${lines.join('\n')}\n`;
}

interface Line {
  readonly atMs: number;
  readonly who: string;
  readonly words: string;
  readonly tone?: 'good' | 'warn' | 'bad' | 'bold';
}

/** What the scenario did, and what the monitor made of it, in order. */
function timeLine(report: SimulationReport): readonly Line[] {
  const { says, pages, alerts, firstWarningMs, startedAt } = report;
  const warning: readonly Line[] =
    firstWarningMs === undefined
      ? []
      : [{ atMs: firstWarningMs, who: '', words: 'first sign of trouble', tone: 'warn' }];
  const lines: readonly Line[] = [
    ...says.map(({ atMs, say }): Line => ({ atMs, who: '*', words: say, tone: 'bold' })),
    ...warning,
    ...(alerts === undefined ? pages.flatMap((page) => pageLines(page, startedAt)) : []),
    ...(alerts ?? []).flatMap(alertLines),
  ];
  return [...lines].sort((a, b) => a.atMs - b.atMs);
}

function pageLines(
  { probe, since, until, why }: SimulationReport['pages'][number],
  startedAt: number,
): readonly Line[] {
  const end: readonly Line[] =
    until === null
      ? []
      : [{ atMs: until - startedAt, who: probe, words: 'well again', tone: 'good' }];
  return [{ atMs: since - startedAt, who: probe, words: `red: ${why}`, tone: 'bad' }, ...end];
}

function alertLines({
  alert,
  severity,
  labels,
  first,
  last,
  times,
}: NonNullable<SimulationReport['alerts']>[number]): readonly Line[] {
  if (severity !== 'page' && severity !== 'ticket') return [];
  const who = labels['probe'] ?? labels['sender'] ?? '';
  const often = times > 1 ? ` (${times} times)` : '';
  const words = `${severity === 'page' ? 'PAGE' : 'ticket'}: ${alert}${often}`;
  return [
    { atMs: first * 1_000, who, words, tone: severity === 'page' ? 'bad' : 'warn' },
    { atMs: last * 1_000, who, words: `last of ${alert}` },
  ];
}

const COLUMNS = [
  ['launched', 'launched'],
  ['onTime', 'on time'],
  ['overdue', 'overdue'],
  ['lost', 'given up'],
  ['misfiled', 'misfiled'],
  ['recovered', 'came after all'],
  ['late', 'came late'],
  ['duplicated', 'twice'],
  ['unsent', 'not sent'],
  ['void', 'unknown'],
] as const;

/** Columns in which nothing happened are left out, but for the first three. */
function bookLines({ counts }: SimulationReport): readonly string[] {
  const shown = COLUMNS.filter(
    ([key], index) => index < 3 || [...counts.values()].some((own) => own[key] > 0),
  );
  const rows = [...counts].map(([probe, own]) => [
    probe,
    ...shown.map(([key]) => String(own[key])),
  ]);
  return table([['canaries', ...shown.map(([, words]) => words)], ...rows]);
}

function truthWords({ truth }: SimulationReport): string {
  const { accepted, lost, late, requeued, duplicated } = truth;
  const more = [
    ...(requeued > 0 ? [`${requeued} came by being queued again`] : []),
    ...(duplicated > 0 ? [`${duplicated} came twice`] : []),
  ];
  return `What the mail system really did with ${accepted} canaries to the helpdesk: ${[`${lost} lost`, `${late} late`, ...more].join(', ')}.`;
}

function summaryWords(report: SimulationReport): string {
  const { onsetMs, firstWarningMs } = report;
  const pages = pageTimes(report);
  const before = pages.filter((ms) => ms < onsetMs).length;
  const first = pages.find((ms) => ms >= onsetMs);
  const after = (ms: number | undefined): string =>
    ms === undefined ? 'never' : `${formatDuration(ms - onsetMs)} after the onset`;
  const often = pages.length === 1 ? 'once' : `${pages.length} times`;
  if (report.alerts === undefined) {
    return `First sign ${after(firstWarningMs)}; red ${after(first)}, ${often} in all, ${before} before the onset (how often the alert rules page, which hold what they have begun, says --rules).`;
  }
  return `First sign ${after(firstWarningMs)}; first page ${after(first)}, ${often} in all, ${before} before the onset.`;
}

/** Of the alert rules where they were asked, else of the status page. */
export function pageTimes({ alerts, pages, startedAt }: SimulationReport): readonly number[] {
  const times =
    alerts === undefined
      ? pages.map(({ since }) => since - startedAt)
      : alerts.filter(({ severity }) => severity === 'page').map(({ first }) => first * 1_000);
  return [...times].sort((a, b) => a - b);
}

export function simulationJson(report: SimulationReport, run: SimulationRun): string {
  const { scenario, startedAt, counts, pages, alerts, truth, checked, mistakes } = report;
  const seconds = (ms: number | undefined): number | null => (ms === undefined ? null : ms / 1_000);
  const pageSeconds = pageTimes(report).map((ms) => ms / 1_000);
  return `${JSON.stringify(
    {
      scenario: scenario.name,
      seed: run.seed,
      interval_seconds: run.everyMs / 1_000,
      lasts_seconds: scenario.lasts / 1_000,
      onset_seconds: report.onsetMs / 1_000,
      first_warning_seconds: seconds(report.firstWarningMs),
      page_seconds: pageSeconds,
      pages: pages.map(({ probe, since, until, why }) => ({
        probe,
        from_seconds: (since - startedAt) / 1_000,
        until_seconds: until === null ? null : (until - startedAt) / 1_000,
        why,
      })),
      alerts: alerts ?? null,
      canaries: Object.fromEntries(counts),
      truth,
      verdicts_checked: checked,
      wrong_verdicts: mistakes,
    },
    null,
    2,
  )}\n`;
}
