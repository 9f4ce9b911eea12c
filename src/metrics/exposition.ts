import type { Exemplar } from './book.ts';
import { bucketLabel, PREFIX, unitOf, type HistogramFamily } from './family.ts';
import type { Column } from './layout.ts';
import type { FrozenRow, Section, Snapshot } from './snapshot.ts';
import { escapeText, renderHead, renderLabels, renderNumber } from './text.ts';

export const CONTENT_TYPE = 'application/openmetrics-text; version=1.0.0; charset=utf-8';

/**
 * Characters a slice; about 1 ms of work, so that a block with a garbage
 * collection on top is around 20 ms at the worst (median of the longest: 8 ms at 1,000 probes).
 * Measured in text and not by a clock, so that the same numbers are cut the same way.
 */
const SLICE_CHARS = 128 * 1_024;
/** OpenMetrics: names and values of an exemplar's labels together. */
const EXEMPLAR_CHARS = 128;

/**
 * Renders OpenMetrics 1.0 text in slices, with a turn of the event loop between them. The pieces
 * are made of frozen numbers, so what happens in between does not show. The slices stay apart: to
 * make one string of 8 MB takes longer (30 ms) than any slice.
 */
export async function renderInSlices(
  pieces: Iterable<string>,
  turn: () => Promise<void>,
): Promise<readonly Buffer[]> {
  const slices: Buffer[] = [];
  let slice: string[] = [];
  let size = 0;
  for (const piece of pieces) {
    slice.push(piece);
    size += piece.length;
    if (size < SLICE_CHARS) continue;
    slices.push(Buffer.from(slice.join('')));
    [slice, size] = [[], 0];
    await turn();
  }
  return [...slices, Buffer.from(slice.join(''))];
}

/** The text of all families, without the end mark: a head, then one piece an owner. */
export function* piecesOf(snapshot: Snapshot): Generator<string> {
  for (const section of snapshot) {
    for (const column of section.layout.columns) {
      if (!section.missing.has(column.name)) yield* piecesOfFamily(section, column);
    }
  }
}

function* piecesOfFamily({ rows }: Section, column: Column): Generator<string> {
  const { name, family } = column;
  const { type, help } = family;
  yield renderHead({ name: `${PREFIX}${name}`, type, unit: unitOf(name), help });
  const render = rendererOf(column);
  for (const row of rows) yield render(row);
}

type RowRenderer = (row: FrozenRow) => string;

/** All that is the same for every owner is prepared here, once a family. */
function rendererOf(column: Column): RowRenderer {
  const { name, family, offset } = column;
  if (family.type === 'histogram') return histogramRenderer(column, family);
  const sample = `${PREFIX}${name}${family.type === 'counter' ? '_total' : ''}`;
  if (family.type === 'gauge' && family.info !== undefined) {
    return (row) => `${sample}${braced(row.labels, row.info)} ${cellText(row, offset)}\n`;
  }
  const { split } = family;
  if (split === undefined) {
    return (row) => `${sample}${braced(row.labels, '')} ${cellText(row, offset)}\n`;
  }
  const fixed = family.type === 'gauge' ? Object.entries(family.fixed ?? {}) : [];
  const labels = split.values.map((value) => renderLabels([...fixed, [split.label, value]]));
  return (row) => {
    let text = '';
    for (const [index, label] of labels.entries()) {
      text += `${sample}${braced(row.labels, label)} ${cellText(row, offset + index)}\n`;
    }
    return text;
  };
}

/** Buckets are kept apart and added up here; the count is their sum and so cannot disagree. */
function histogramRenderer(column: Column, family: HistogramFamily): RowRenderer {
  const { name, offset, width } = column;
  const base = `${PREFIX}${name}`;
  const labels = [...family.buckets, Infinity].map((bound) => `le="${bucketLabel(bound)}"`);
  return (row) => {
    let text = '';
    let count = 0;
    for (const [index, label] of labels.entries()) {
      count += row.cells[offset + index] ?? 0;
      const exemplar = exemplarText(family.exemplar, row.exemplars[offset + index]);
      text += `${base}_bucket${braced(row.labels, label)} ${count}${exemplar}\n`;
    }
    const sum = (row.cells[offset + width - 1] ?? 0) / 1_000_000;
    const own = braced(row.labels, '');
    return `${text}${base}_count${own} ${count}\n${base}_sum${own} ${renderNumber(sum)}\n`;
  };
}

function exemplarText(label: string | undefined, exemplar: Exemplar | undefined): string {
  if (label === undefined || exemplar === undefined) return '';
  const { id, seconds, at } = exemplar;
  if (label.length + id.length > EXEMPLAR_CHARS) return '';
  return ` # {${label}="${escapeText(id)}"} ${renderNumber(seconds)} ${renderNumber(at / 1_000)}`;
}

function cellText(row: FrozenRow, cell: number): string {
  return renderNumber(row.cells[cell] ?? 0);
}

function braced(own: string, more: string): string {
  if (own === '') return more === '' ? '' : `{${more}}`;
  return more === '' ? `{${own}}` : `{${own},${more}}`;
}
