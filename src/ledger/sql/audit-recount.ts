import { isDeepStrictEqual } from 'node:util';
import type { Kysely, Selectable } from 'kysely';
import { messageOf } from '../../base/errors.ts';
import type { LedgerEvent } from '../../domain/events.ts';
import { TotalsSum, totalsOf } from '../totals.ts';
import { byCanary, eventsOf, fold } from './history.ts';
import { canaryOf, canaryRow, eventOf, sightingRows } from './rows.ts';
import type { Tables } from './schema.ts';

/** What the rows say, counted anew from the events up. */
export interface Recount {
  readonly canaries: number;
  readonly open: number;
  readonly events: number;
  /** Of all events that are still there. */
  readonly totals: TotalsSum;
  /** What does not hold, for people; empty when all does. */
  readonly wrong: readonly string[];
}

/** Canaries read at once: a year of them does not fit into memory. */
const PAGE = 200;

export async function recount(db: Kysely<Tables>): Promise<Recount> {
  const totals = new TotalsSum();
  const wrong: string[] = [];
  const counts = { canaries: 0, open: 0, events: 0 };
  for (let after = 0; ;) {
    const rows = await db
      .selectFrom('canaries')
      .selectAll()
      .where('sequence', '>', after)
      .orderBy('sequence')
      .limit(PAGE)
      .execute();
    const last = rows.at(-1);
    if (last === undefined) return { ...counts, totals, wrong };
    after = last.sequence;
    const ids = rows.map(({ id }) => id);
    const [events, sightings] = [await eventsOf(db, ids), await sightingsOf(db, ids)];
    for (const row of rows) {
      const own = events.get(row.id) ?? [];
      counts.canaries += 1;
      counts.open += row.open;
      counts.events += own.length;
      const fault = check(row, { events: own, sightings: sightings.get(row.id) ?? [] }, totals);
      if (fault !== undefined) wrong.push(`canary ${row.id} ${fault}`);
    }
  }
}

type CanaryRow = Selectable<Tables['canaries']>;
type SightingRow = Selectable<Tables['sightings']>;

async function sightingsOf(
  db: Kysely<Tables>,
  ids: readonly string[],
): Promise<ReadonlyMap<string, readonly SightingRow[]>> {
  return byCanary(
    await db.selectFrom('sightings').selectAll().where('canary_id', 'in', ids).execute(),
  );
}

/** The rows that belong to one canary. */
interface OwnRows {
  readonly events: readonly Tables['events'][];
  readonly sightings: readonly SightingRow[];
}

/** Adds its events to the totals; answers what is wrong with it. */
function check(row: CanaryRow, own: OwnRows, totals: TotalsSum): string | undefined {
  try {
    const canary = canaryOf(row);
    const events = own.events.map((event) => eventOf(event, canary.launch));
    totals.add(totalsOf(events));
    if (!isDeepStrictEqual(fold(canary, events), canary)) return 'has another record';
    const { position } = row;
    if (position !== own.events.at(-1)?.position) return 'does not end with its last event';
    if (!haveTheirRows(events, own.sightings)) return 'has other sightings';
    const stored = new Map<string, unknown>(Object.entries(row));
    const columns = Object.entries(canaryRow({ canary, position }));
    // The record was compared as what it says.
    const odd = columns.find(([name, value]) => name !== 'record' && stored.get(name) !== value);
    return odd === undefined ? undefined : `has another ${odd[0]}`;
  } catch (error) {
    return `cannot be read (${messageOf(error).slice(0, 80).replaceAll(/\s+/g, ' ')})`;
  }
}

/** Each copy as it was told of last, and cleaned away in all of its places or in none. */
function haveTheirRows(events: readonly LedgerEvent[], rows: readonly SightingRow[]): boolean {
  const tidied = new Map<string, number | null>();
  const expected = new Map(sightingRows(events).map((row) => [copyKey(row), row]));
  for (const { tidied_at: tidiedAt, ...row } of rows) {
    if (!isDeepStrictEqual(row, expected.get(copyKey(row)))) return false;
    const copy = JSON.stringify([row.observer, row.external_id]);
    const known = tidied.get(copy);
    if (known !== undefined && known !== tidiedAt) return false;
    tidied.set(copy, tidiedAt);
  }
  return rows.length === expected.size;
}

function copyKey(row: Pick<SightingRow, 'observer' | 'external_id' | 'place'>): string {
  return JSON.stringify([row.observer, row.external_id, row.place]);
}
