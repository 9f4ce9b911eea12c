import { formatDuration } from '../../base/duration.ts';
import type { Reason } from '../../base/errors.ts';
import {
  acceptedAt,
  duplicatesOf,
  firstSighting,
  latencyOf,
  outcomeOf,
  type Canary,
} from '../../domain/canary.ts';
import { halfWidth, midpoint } from '../../domain/latency.ts';
import { readingOf, type Reading } from '../../domain/verdict.ts';
import { table, type Style } from './style.ts';

export interface TextView {
  readonly canary: Canary;
  readonly style: Style;
  readonly watchFailure: { readonly reason: Reason; readonly message: string } | undefined;
}

/** Everything about one canary, for a person: its way, its hops, its verdict. */
export function renderCanary(view: TextView): string {
  const { canary, style } = view;
  const hops = hopLines(canary);
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
  const { canary } = view;
  const reading = readingOf(outcomeOf(canary), canary.settlement?.verdict);
  const label = paint(view.style, reading)((reading ?? 'interrupted').replaceAll('_', ' '));
  const seen = firstSighting(canary);
  const details = [latencyText(canary), seen?.place, duplicateText(canary), failureText(canary)];
  return `${String(number).padStart(3)}  ${canary.launch.id}  ${label}  ${details.filter((text) => text !== undefined).join('  ')}\n`;
}

/** The closing lines of several canaries. */
export function renderSummary(canaries: readonly Canary[]): string {
  const latencies = canaries
    .map(latencyOf)
    .filter((latency) => latency !== undefined)
    .map(midpoint)
    .sort((a, b) => a - b);
  const counts = new Map<string, number>();
  for (const canary of canaries) {
    const reading = readingOf(outcomeOf(canary), canary.settlement?.verdict) ?? 'interrupted';
    counts.set(reading, (counts.get(reading) ?? 0) + 1);
  }
  const accepted = canaries.filter((canary) => acceptedAt(canary) !== undefined).length;
  const words = [...counts].map(([name, count]) => `${count} ${name.replaceAll('_', ' ')}`);
  const lines = [`${canaries.length} launched, ${accepted} accepted: ${words.join(', ')}`];
  const [least, most] = [latencies[0], latencies.at(-1)];
  const median = latencies[Math.floor(latencies.length / 2)];
  if (least !== undefined && most !== undefined && median !== undefined) {
    const figures = [least, median, most].map(formatDuration).join(' / ');
    lines.push(`latency min / median / max: ${figures}`);
  }
  return `\n${lines.join('\n')}\n`;
}

function wayLines(view: TextView): readonly string[] {
  const { canary, style } = view;
  const { launch, acceptance, refusal, doubt } = canary;
  const seen = firstSighting(canary);
  const since = (at: number): string => `+${formatDuration(Math.max(0, at - launch.launchedAt))}`;
  const sent = new Date(launch.launchedAt).toISOString().slice(11, 23);
  const rows: string[][] = [['launched', `${sent} UTC`, `by ${launch.route.sender}`]];
  if (acceptance !== null) {
    const queue = acceptance.queueId === null ? '' : `queued as ${acceptance.queueId}`;
    rows.push(['accepted', since(acceptance.at.high), queue]);
  }
  if (refusal !== null) rows.push(['refused', since(refusal.at), refusal.detail]);
  if (doubt !== null) rows.push(['in doubt', since(doubt.at.high), doubt.detail]);
  if (seen !== undefined) {
    const where = `${seen.place} of ${launch.route.observer}`;
    rows.push(['seen', since(seen.seenAt), where]);
  }
  return [
    `${style.bold('canary')} ${launch.id}`,
    ...table(rows.map((row) => [`  ${row[0] ?? ''}`, ...row.slice(1)])),
  ];
}

function hopLines(canary: Canary): readonly string[] {
  const hops = firstSighting(canary)?.hops ?? [];
  if (hops.length === 0) return [];
  const rows = hops.map((hop) => [
    `${hop.from === '' ? '(local)' : hop.from} -> ${hop.by}`,
    hop.seconds === null ? '-' : `${hop.seconds} s`,
    hop.clockSuspect ? 'clocks disagree' : '',
  ]);
  return table([['hop', 'delay', ''], ...rows]);
}

function verdictLine(view: TextView): string {
  const { canary, style } = view;
  const reading = readingOf(outcomeOf(canary), canary.settlement?.verdict);
  const late = formatDuration(canary.launch.policy.lateAfterMs);
  const label = style.bold(
    paint(style, reading)((reading ?? 'interrupted').replaceAll('_', ' ').toUpperCase()),
  );
  const rest = [latencyText(canary), duplicateText(canary), sentence(reading, canary)];
  const details = rest.filter((text) => text !== undefined).join(', ');
  return `${label}  ${details}${reading === 'on_time' || reading === 'late' ? ` (late after ${late})` : ''}`;
}

function sentence(reading: Reading | undefined, canary: Canary): string | undefined {
  const { lostAfterMs } = canary.launch.policy;
  switch (reading) {
    case 'lost':
      return `accepted, and in none of the places after ${formatDuration(lostAfterMs)}`;
    case 'unsent':
      return `the mail system did not take it (${canary.refusal?.reason ?? 'unknown'})`;
    case 'in_doubt':
      return 'the connection was lost before the answer, and the mail did not arrive';
    case 'blind':
      return 'nobody could look, so nothing is known about its delivery';
    case 'misfiled':
      return `it arrived in ${firstSighting(canary)?.place ?? 'the wrong place'}`;
    case 'on_time':
    case 'late':
      return undefined;
    case undefined:
      return 'stopped before it was decided';
  }
}

function hintLines(view: TextView): readonly string[] {
  const isBlind = readingOf(outcomeOf(view.canary), view.canary.settlement?.verdict) === 'blind';
  return isBlind && view.watchFailure !== undefined
    ? [`last look: ${view.watchFailure.message} (${view.watchFailure.reason})`]
    : [];
}

function latencyText(canary: Canary): string | undefined {
  const latency = latencyOf(canary);
  if (latency === undefined) return undefined;
  return `${formatDuration(midpoint(latency))} +/- ${formatDuration(halfWidth(latency))}`;
}

function duplicateText(canary: Canary): string | undefined {
  const more = duplicatesOf(canary);
  return more === 0 ? undefined : `${more} more ${more === 1 ? 'copy' : 'copies'}`;
}

function failureText(canary: Canary): string | undefined {
  return canary.refusal?.detail ?? canary.doubt?.detail;
}

function paint(style: Style, reading: Reading | undefined): (text: string) => string {
  switch (reading) {
    case 'on_time':
      return style.good;
    case 'late':
    case 'misfiled':
      return style.warn;
    case 'lost':
      return style.bad;
    case 'unsent':
    case 'in_doubt':
    case 'blind':
    case undefined:
      return style.warn;
  }
}
