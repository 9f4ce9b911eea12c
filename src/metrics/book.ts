import type { Instant } from '../base/clock.ts';
import { CATALOG, type FamilyName } from './catalog.ts';
import { OWNER_LABELS, type Owner } from './family.ts';
import { bucketCell, cellOf, layoutOf, sumCell, type Layout } from './layout.ts';
import { renderLabels } from './text.ts';

/** Values of an owner's labels; those that its kind does not have are ignored. */
export type OwnerKeys = Readonly<Partial<Record<(typeof OWNER_LABELS)[Owner][number], string>>>;

/** The latest canary of a bucket. */
export interface Exemplar {
  readonly id: string;
  readonly seconds: number;
  readonly at: Instant;
}

/** A copy of an owner's numbers that nothing changes any more but its maker. */
export interface Row {
  /** Of the owner, as text without braces. */
  readonly labels: string;
  readonly cells: Float64Array;
  /** By cell of a bucket. */
  readonly exemplars: readonly (Exemplar | undefined)[];
}

interface LiveRow {
  readonly labels: string;
  readonly cells: Float64Array;
  readonly exemplars: (Exemplar | undefined)[];
}

/** Microseconds go up to 285 years in an exact integer. */
const MICROS = 1_000_000;

/**
 * All numbers that rise, a row of cells an owner. A row is some seventy doubles, so copying every
 * row of a thousand probes at the start of a scrape takes less than a millisecond: cheaper, and
 * easier to believe, than versions of single values.
 */
export class Book {
  readonly #layouts: Readonly<Record<Owner, Layout>>;
  readonly #rows: Readonly<Record<Owner, Map<string, LiveRow>>> = {
    monitor: new Map(),
    probe: new Map(),
    observer: new Map(),
    sender: new Map(),
    stage: new Map(),
  };

  constructor(shown: readonly FamilyName[]) {
    this.#layouts = {
      monitor: layoutOf('monitor', shown),
      probe: layoutOf('probe', shown),
      observer: layoutOf('observer', shown),
      sender: layoutOf('sender', shown),
      stage: layoutOf('stage', shown),
    };
  }

  layout(owner: Owner): Layout {
    return this.#layouts[owner];
  }

  /** Nothing happens where the family is switched off. */
  add(name: FamilyName, keys: OwnerKeys, { label = '', by = 1 }: Addition = {}): void {
    const column = this.#layouts[CATALOG[name].per].find(name);
    const cell = column === undefined ? undefined : cellOf(column, label);
    if (cell !== undefined) increase(this.#row(CATALOG[name].per, keys), cell, by);
  }

  observe(name: FamilyName, keys: OwnerKeys, observed: Observed): void {
    const { seconds, exemplar } = observed;
    const column = this.#layouts[CATALOG[name].per].find(name);
    const cell = column === undefined ? undefined : bucketCell(column, seconds);
    if (cell === undefined) return;
    this.addToHistogram(name, keys, { seconds, count: 1, micros: Math.round(seconds * MICROS) });
    if (exemplar === undefined) return;
    this.#row(CATALOG[name].per, keys).exemplars[cell] = { ...exemplar, seconds };
  }

  /** Adds what was counted before: `count` values of up to `seconds`, and `micros` to their sum. */
  addToHistogram(name: FamilyName, keys: OwnerKeys, stored: StoredBucket): void {
    const column = this.#layouts[CATALOG[name].per].find(name);
    if (column === undefined) return;
    const [bucket, sum] = [bucketCell(column, stored.seconds), sumCell(column)];
    if (bucket === undefined || sum === undefined) return;
    const row = this.#row(CATALOG[name].per, keys);
    increase(row, bucket, stored.count);
    increase(row, sum, stored.micros);
  }

  /** The numbers of one owner as they are now, in the cells given; all 0 where nothing is known. */
  copy(owner: Owner, keys: OwnerKeys, cells: Float64Array): Row {
    const row = this.#row(owner, keys);
    cells.set(row.cells);
    return { labels: row.labels, cells, exemplars: row.exemplars.slice() };
  }

  #row(owner: Owner, keys: OwnerKeys): LiveRow {
    const key = keyOf(owner, keys);
    const known = this.#rows[owner].get(key);
    if (known !== undefined) return known;
    const labels = renderLabels(OWNER_LABELS[owner].map((label) => [label, keys[label] ?? '']));
    const cells = new Float64Array(this.#layouts[owner].width);
    const row = { labels, cells, exemplars: [] };
    this.#rows[owner].set(key, row);
    return row;
  }
}

interface Addition {
  readonly label?: string;
  readonly by?: number;
}

interface Observed {
  readonly seconds: number;
  readonly exemplar?: Pick<Exemplar, 'id' | 'at'>;
}

interface StoredBucket {
  readonly seconds: number;
  readonly count: number;
  readonly micros: number;
}

function keyOf(owner: Owner, keys: OwnerKeys): string {
  let key = '';
  for (const label of OWNER_LABELS[owner]) key += `${keys[label] ?? ''}\0`;
  return key;
}

function increase(row: LiveRow, cell: number, by: number): void {
  row.cells[cell] = (row.cells[cell] ?? 0) + by;
}
