import { CATALOG, type FamilyName } from './catalog.ts';
import type { Family, Owner } from './family.ts';

/** Where the numbers of one family are in an owner's row. */
export interface Column {
  readonly name: FamilyName;
  readonly family: Family;
  readonly offset: number;
  /** Number of cells: one a label value; of a histogram one a bucket, one for +Inf, one for the sum. */
  readonly width: number;
}

/** What a row of one kind of owner consists of. */
export interface Layout {
  readonly owner: Owner;
  readonly columns: readonly Column[];
  /** Cells of a whole row. */
  readonly width: number;
  find(name: FamilyName): Column | undefined;
}

export function layoutOf(owner: Owner, shown: readonly FamilyName[]): Layout {
  const columns: Column[] = [];
  let offset = 0;
  for (const name of shown) {
    const family: Family = CATALOG[name];
    if (family.per !== owner) continue;
    const width = widthOf(family);
    columns.push({ name, family, offset, width });
    offset += width;
  }
  const byName = new Map(columns.map((column) => [column.name, column]));
  return { owner, columns, width: offset, find: (name) => byName.get(name) };
}

/** The cell of a label value (empty where the family has no split); undefined for one that is not in the catalog. */
export function cellOf({ family, offset }: Column, label: string): number | undefined {
  if (family.type === 'histogram') return undefined;
  if (family.split === undefined) return offset;
  const index = family.split.values.indexOf(label);
  return index < 0 ? undefined : offset + index;
}

/** The cell of the bucket that a value in seconds falls in; buckets are not cumulative here. */
export function bucketCell({ family, offset }: Column, seconds: number): number | undefined {
  if (family.type !== 'histogram') return undefined;
  const index = family.buckets.findIndex((bound) => seconds <= bound);
  return offset + (index < 0 ? family.buckets.length : index);
}

/** The last cell of a histogram: the sum in microseconds, since integers add up the same in any order. */
export function sumCell({ family, offset, width }: Column): number | undefined {
  return family.type === 'histogram' ? offset + width - 1 : undefined;
}

function widthOf(family: Family): number {
  if (family.type === 'histogram') return family.buckets.length + 2;
  return family.split?.values.length ?? 1;
}
