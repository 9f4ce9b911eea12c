import type { ProbeRecord } from '../../domain/record.ts';

/** By exit code. */
export const STATES = ['OK', 'WARNING', 'CRITICAL', 'UNKNOWN'] as const;

export interface NagiosView {
  readonly records: readonly ProbeRecord[];
  readonly exitCode: number;
  readonly lateAfterMs: number;
  readonly timeoutMs: number;
}

/** One plugin line with performance data (Monitoring Plugins guidelines, sections 2.2 and 2.6). */
export function renderNagios(view: NagiosView): string {
  const { records } = view;
  const state = STATES[view.exitCode] ?? 'UNKNOWN';
  const first = records[0];
  const text = records.length === 1 && first !== undefined ? single(first) : summary(records);
  return `MAILCANARY ${state} - ${text} | ${perfdata(view).join(' ')}\n`;
}

function single(record: ProbeRecord): string {
  const words = (record.outcome ?? 'interrupted').replaceAll('_', ' ');
  const parts = [`${record.probe} ${words}`];
  if (record.reason !== null) parts.push(record.reason);
  if (record.latency_seconds !== null) {
    parts.push(`latency ${record.latency_seconds} s +/- ${record.latency_error_seconds ?? 0} s`);
  }
  if (record.place !== null && record.place !== 'inbox') parts.push(`in ${record.place}`);
  if (record.queue_id !== null) parts.push(`queue id ${record.queue_id}`);
  return clean(parts.join(', '));
}

function summary(records: readonly ProbeRecord[]): string {
  const counts = new Map<string, number>();
  for (const record of records) {
    const words = (record.outcome ?? 'interrupted').replaceAll('_', ' ');
    counts.set(words, (counts.get(words) ?? 0) + 1);
  }
  return clean([...counts].map(([words, count]) => `${count} ${words}`).join(', '));
}

function perfdata(view: NagiosView): readonly string[] {
  const latencies = view.records
    .map((record) => record.latency_seconds)
    .filter((latency) => latency !== null);
  const worst = latencies.length === 0 ? 'U' : `${Math.max(...latencies)}s`;
  const lost = view.records.filter((record) => record.outcome === 'lost').length;
  return [
    `latency=${worst};${view.lateAfterMs / 1_000};${view.timeoutMs / 1_000};0`,
    `lost=${lost};;0;0;${view.records.length}`,
  ];
}

/** The pipe begins the performance data, so it may not stand in the text. */
export function clean(text: string): string {
  return text.replaceAll('|', '/').replaceAll(/\s+/g, ' ').trim();
}

/** Why nothing can be said, where Nagios reads it. */
export function unknownLine(message: string): string {
  return `MAILCANARY UNKNOWN - ${clean(message)}\n`;
}
