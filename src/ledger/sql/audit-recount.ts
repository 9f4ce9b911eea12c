import { isDeepStrictEqual } from 'node:util';
import type { Kysely, Selectable } from 'kysely';
import { messageOf } from '../../base/errors.ts';
import { apply, launchCanary, type Canary } from '../../domain/canary.ts';
import type { LedgerEvent } from '../../domain/events.ts';
import { TotalsSum, totalsOf } from '../totals.ts';
import { canaryOf, eventOf, progressRow } from './rows.ts';
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
    const events = await eventsOf(db, rows);
    for (const row of rows) {
      const own = events.get(row.id) ?? [];
      counts.canaries += 1;
      counts.open += row.open;
      counts.events += own.length;
      const fault = check(row, own, totals);
      if (fault !== undefined) wrong.push(`canary ${row.id} ${fault}`);
    }
  }
}

type CanaryRow = Selectable<Tables['canaries']>;
type EventRow = Selectable<Tables['events']>;

async function eventsOf(
  db: Kysely<Tables>,
  rows: readonly CanaryRow[],
): Promise<ReadonlyMap<string, readonly EventRow[]>> {
  const ids = rows.map(({ id }) => id);
  const events = await db
    .selectFrom('events')
    .selectAll()
    .where('canary_id', 'in', ids)
    .orderBy('position')
    .execute();
  const byCanary = new Map<string, EventRow[]>();
  for (const event of events) {
    const own = byCanary.get(event.canary_id);
    if (own === undefined) byCanary.set(event.canary_id, [event]);
    else own.push(event);
  }
  return byCanary;
}

/** Adds its events to the totals; answers what is wrong with it. */
function check(row: CanaryRow, rows: readonly EventRow[], totals: TotalsSum): string | undefined {
  try {
    const canary = canaryOf(row);
    const events = rows.map((event) => eventOf(event, canary.launch));
    totals.add(totalsOf(events));
    if (!isDeepStrictEqual(fold(canary, events), canary)) return 'has another record';
    const { position } = row;
    if (position !== rows.at(-1)?.position) return 'does not end with its last event';
    const columns = Object.entries(progressRow({ canary, position }));
    const names = Object.entries(row);
    const odd = columns.find(([name, value]) =>
      names.some(([other, stored]) => other === name && name !== 'record' && stored !== value),
    );
    return odd === undefined ? undefined : `has another ${odd[0]}`;
  } catch (error) {
    return `cannot be read (${messageOf(error).slice(0, 80).replaceAll(/\s+/g, ' ')})`;
  }
}

function fold({ launch }: Canary, events: readonly LedgerEvent[]): Canary {
  let canary = launchCanary(launch);
  for (const { fact } of events) if (fact.type !== 'launched') canary = apply(canary, fact);
  return canary;
}
