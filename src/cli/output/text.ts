import { formatDuration } from '../../base/duration.ts';
import type { Reason } from '../../base/errors.ts';
import type { Reading } from '../../domain/verdict.ts';
import type { CanaryReport } from '../../server/records.ts';
import { table, type Style } from './style.ts';

export interface TextView {
  readonly report: CanaryReport;
  readonly style: Style;
  readonly watchFailure: WatchFailure | undefined;
}

/** Why nobody could look. */
export interface WatchFailure {
  readonly reason: Reason;
  readonly message: string;
}

/** Everything about one canary, for a person: its way, its hops, its verdict. */
export function renderCanary(view: TextView): string {
  const { report, style } = view;
  const hops = hopLines(report);
  return [
    ...wayLines(view),
    ...(hops.length === 0 ? [] : ['', ...hops.map((line) => `  ${line}`)]),
    '',
    verdictLine(view),
    ...hintLines(view).map((line) => style.dim(`  ${line}`)),
    '',
  ].join('\n');
}

/** One line a canary, as ping does. */
export function renderLine(number: number, view: TextView): string {
  const { report } = view;
  const label = paint(view.style, report.outcome)(wordsOf(report));
  const details = [latencyText(report), report.place, duplicateText(report), failureText(report)];
  const said = details.filter((text) => text !== undefined && text !== null);
  return `${String(number).padStart(3)}  ${report.id ?? ''}  ${label}  ${said.join('  ')}\n`;
}

/** The closing lines of several canaries. */
export function renderSummary(reports: readonly CanaryReport[]): string {
  const latencies = reports
    .map((report) => report.latency_seconds)
    .filter((latency) => latency !== null)
    .sort((a, b) => a - b);
  const counts = new Map<string, number>();
  for (const report of reports) {
    const words = wordsOf(report);
    counts.set(words, (counts.get(words) ?? 0) + 1);
  }
  const accepted = reports.filter((report) => report.accepted_at !== null).length;
  const words = [...counts].map(([name, count]) => `${count} ${name}`);
  const lines = [`${reports.length} launched, ${accepted} accepted: ${words.join(', ')}`];
  const [least, most] = [latencies[0], latencies.at(-1)];
  const median = latencies[Math.floor(latencies.length / 2)];
  if (least !== undefined && most !== undefined && median !== undefined) {
    const figures = [least, median, most].map(durationOf).join(' / ');
    lines.push(`latency min / median / max: ${figures}`);
  }
  return `\n${lines.join('\n')}\n`;
}

function wordsOf({ outcome }: CanaryReport): string {
  return (outcome ?? 'interrupted').replaceAll('_', ' ');
}

function wayLines(view: TextView): readonly string[] {
  const { report, style } = view;
  const { refusal, doubt } = report;
  const start = Date.parse(report.sent_at ?? '');
  const since = (at: string | null): string =>
    `+${formatDuration(Math.max(0, Date.parse(at ?? '') - start))}`;
  const sent = (report.sent_at ?? '').slice(11, 23);
  const rows: string[][] = [['launched', `${sent} UTC`, `by ${report.sender}`]];
  if (wasAnswered(report)) {
    const queue = report.queue_id === null ? '' : `queued as ${report.queue_id}`;
    rows.push(['accepted', since(report.accepted_at), queue]);
  }
  if (refusal !== null) rows.push(['refused', since(refusal.at), refusal.detail]);
  if (doubt !== null) rows.push(['in doubt', since(doubt.at), doubt.detail]);
  for (const { observer, place, observed_at: at } of report.stages) {
    rows.push(['passed', since(at), `${place} of ${observer}`]);
  }
  if (report.observed_at !== null) {
    const where = `${report.place ?? 'somewhere'} of ${report.observer}`;
    rows.push(['seen', since(report.observed_at), where]);
  }
  return [
    `${style.bold('canary')} ${report.id ?? ''}`,
    ...table(rows.map((row) => [`  ${row[0] ?? ''}`, ...row.slice(1)])),
  ];
}

/** Accepted by a 250, and not only by being seen. */
function wasAnswered(report: CanaryReport): boolean {
  if (report.queue_id !== null) return true;
  return report.accepted_at !== null && report.refusal === null && report.doubt === null;
}

function hopLines({ hops }: CanaryReport): readonly string[] {
  if (hops.length === 0) return [];
  const rows = hops.map((hop) => [
    `${hop.from === '' ? '(local)' : hop.from} -> ${hop.by}`,
    hop.seconds === null ? '-' : `${hop.seconds} s`,
    hop.clock_suspect ? 'clocks disagree' : '',
  ]);
  return table([['hop', 'delay', ''], ...rows]);
}

function verdictLine(view: TextView): string {
  const { report, style } = view;
  const reading = report.outcome;
  const late = durationOf(report.late_after_seconds);
  const label = style.bold(paint(style, reading)(wordsOf(report).toUpperCase()));
  const rest = [latencyText(report), duplicateText(report), sentence(report)];
  const details = rest.filter((text) => text !== undefined).join(', ');
  return `${label}  ${details}${reading === 'on_time' || reading === 'late' ? ` (late after ${late})` : ''}`;
}

function sentence(report: CanaryReport): string | undefined {
  switch (report.outcome) {
    case 'lost':
      return `accepted, and in none of the places after ${durationOf(report.lost_after_seconds)}`;
    case 'unsent':
      return `the mail system did not take it (${report.reason ?? 'unknown'})`;
    case 'in_doubt':
      return 'the connection was lost before the answer, and the mail did not arrive';
    case 'blind':
      return 'nobody could look, so nothing is known about its delivery';
    case 'misfiled':
      return `it arrived in ${report.place ?? 'the wrong place'}`;
    case 'on_time':
    case 'late':
      return undefined;
    case null:
      return 'stopped before it was decided';
  }
}

function hintLines({ report, watchFailure }: TextView): readonly string[] {
  return report.outcome === 'blind' && watchFailure !== undefined
    ? [`last look: ${watchFailure.message} (${watchFailure.reason})`]
    : [];
}

function latencyText(report: CanaryReport): string | undefined {
  const { latency_seconds: latency, latency_error_seconds: error } = report;
  if (latency === null) return undefined;
  return `${durationOf(latency)} +/- ${durationOf(error ?? 0)}`;
}

function duplicateText({ duplicates }: CanaryReport): string | undefined {
  if (duplicates === 0) return undefined;
  return `${duplicates} more ${duplicates === 1 ? 'copy' : 'copies'}`;
}

function failureText(report: CanaryReport): string | undefined {
  return report.refusal?.detail ?? report.doubt?.detail;
}

function durationOf(seconds: number): string {
  return formatDuration(seconds * 1_000);
}

function paint(style: Style, reading: Reading | null): (text: string) => string {
  switch (reading) {
    case 'on_time':
      return style.good;
    case 'lost':
      return style.bad;
    case 'late':
    case 'misfiled':
    case 'unsent':
    case 'in_doubt':
    case 'blind':
    case null:
      return style.warn;
  }
}
