import type { Instant } from '../../base/clock.ts';
import type { TidyManner, TidyResult } from '../../observers/observer.ts';
import type { Style } from './style.ts';

/** One copy of a canary, and what became of it; `due`: nothing was tried. */
export interface TidyLine {
  readonly observer: string;
  readonly canary: string;
  readonly externalId: string;
  readonly place: string;
  readonly seenAt: Instant;
  readonly manner: TidyManner;
  readonly result: TidyResult | 'due' | 'failed';
  readonly reason: string | null;
  readonly detail: string | null;
}

export interface TidySummary {
  readonly isDryRun: boolean;
  readonly lines: readonly TidyLine[];
  /** Copies that are due and still lie there. */
  readonly left: number;
  /** Observers whose canaries are kept. */
  readonly kept: readonly string[];
}

export function tidyJson(summary: TidySummary): string {
  const { isDryRun, lines, left, kept } = summary;
  const copies = lines.map((line) => ({
    observer: line.observer,
    canary: line.canary,
    external_id: line.externalId,
    place: line.place,
    seen_at: new Date(line.seenAt).toISOString(),
    manner: line.manner,
    result: line.result,
    reason: line.reason,
    detail: line.detail,
  }));
  return `${JSON.stringify({ dry_run: isDryRun, copies, left, kept }, null, 2)}\n`;
}

const RESULT_WIDTH = 'left alone'.length;
const PLACE_WIDTH = 'suspended'.length;

/** One line a copy, each complete in itself, so that it can be printed as soon as it is known. */
export function tidyLineText(line: TidyLine, style: Style, nameWidth: number): string {
  const { observer, canary, place, externalId, seenAt, detail } = line;
  const seen = new Date(seenAt).toISOString().slice(0, 16).replace('T', ' ');
  const word = wordOf(line);
  const result = paint(line, style)(word) + ' '.repeat(RESULT_WIDTH - word.length);
  // The observed system chose that name.
  const name = externalId.replace(/\p{Cc}/gu, '?');
  const where = `${place.padEnd(PLACE_WIDTH)}  ${seen} UTC  ${name}`;
  const why = detail === null ? '' : `\n${style.dim(`${' '.repeat(RESULT_WIDTH)}  ${detail}`)}`;
  return `${result}  ${observer.padEnd(nameWidth)}  ${canary}  ${where}${why}\n`;
}

export function tidySummaryText(summary: TidySummary, style: Style): string {
  const { isDryRun, lines, left, kept } = summary;
  const keeps = kept
    .map((name) => `${style.dim(`${name} keeps its canaries (tidy: keep)`)}\n`)
    .join('');
  if (isDryRun) {
    const more = left - lines.length;
    const rest = more > 0 ? `, ${more} of them not shown` : '';
    const total = left === 0 ? 'nothing is due' : `${countText(left)} due${rest}`;
    return `${total}; nothing was touched\n${keeps}`;
  }
  const gone = lines.filter(({ result }) => result === 'done' || result === 'gone').length;
  const still = left === 0 ? '' : `, ${countText(left)} left`;
  return `${lines.length === 0 && left === 0 ? 'nothing was due' : `${countText(gone)} cleaned away${still}`}\n${keeps}`;
}

function countText(count: number): string {
  return `${count} ${count === 1 ? 'copy' : 'copies'}`;
}

function wordOf({ result, manner }: TidyLine): string {
  switch (result) {
    case 'due':
      return manner;
    case 'done':
      return manner === 'close' ? 'closed' : 'deleted';
    case 'gone':
      return 'gone';
    case 'not_ours':
      return 'left alone';
    case 'failed':
      return 'FAILED';
  }
}

function paint({ result }: TidyLine, style: Style): (text: string) => string {
  switch (result) {
    case 'due':
    case 'gone':
      return (text) => text;
    case 'done':
      return style.good;
    case 'not_ours':
      return style.warn;
    case 'failed':
      return style.bad;
  }
}
