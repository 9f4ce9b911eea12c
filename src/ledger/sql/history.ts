import type { Kysely, Selectable } from 'kysely';
import { apply, launchCanary, type Canary } from '../../domain/canary.ts';
import type { LedgerEvent } from '../../domain/events.ts';
import type { Tables } from './schema.ts';

type EventRow = Selectable<Tables['events']>;

/** In order, by canary. */
export async function eventsOf(
  db: Kysely<Tables>,
  ids: readonly string[],
): Promise<ReadonlyMap<string, readonly EventRow[]>> {
  return byCanary(
    await db
      .selectFrom('events')
      .selectAll()
      .where('canary_id', 'in', ids)
      .orderBy('position')
      .execute(),
  );
}

/** Rows in groups. */
export function byCanary<Row extends { readonly canary_id: string }>(
  rows: readonly Row[],
): ReadonlyMap<string, readonly Row[]> {
  const grouped = new Map<string, Row[]>();
  for (const row of rows) {
    const own = grouped.get(row.canary_id);
    if (own === undefined) grouped.set(row.canary_id, [row]);
    else own.push(row);
  }
  return grouped;
}

/** The record that events make of a launch. */
export function fold({ launch }: Pick<Canary, 'launch'>, events: readonly LedgerEvent[]): Canary {
  let canary = launchCanary(launch);
  for (const { fact } of events) if (fact.type !== 'launched') canary = apply(canary, fact);
  return canary;
}
