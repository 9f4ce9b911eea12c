import type { Kysely } from 'kysely';
import type { LedgerEvent } from '../../domain/events.ts';
import type { TotalsView, View } from '../view.ts';
import type { SqlConnection } from './dialect.ts';
import { canaryOf, eventOf } from './rows.ts';
import type { Tables } from './schema.ts';
import { findCanary, findObservers, findOpenCanaries } from './store.ts';

/** The read model over an open connection with the newest schema. */
export function createSqlView(connection: SqlConnection): View {
  const { db } = connection;
  return {
    findCanary: (id) => findCanary(db, id),
    timeline: (id) => findTimeline(db, id),
    recent: (limit, probe) => findRecent(db, limit, probe),
    open: () => findOpenCanaries(db),
    totals: () => findTotals(db),
    observers: () => findObservers(db),
    close: () => connection.close(),
  };
}

async function findTimeline(db: Kysely<Tables>, id: string): Promise<readonly LedgerEvent[]> {
  const canary = await findCanary(db, id);
  if (canary === undefined) return [];
  const rows = await db
    .selectFrom('events')
    .selectAll()
    .where('canary_id', '=', id)
    .orderBy('position')
    .execute();
  return rows.map((row) => eventOf(row, canary.launch));
}

async function findRecent(db: Kysely<Tables>, limit: number, probe: string | undefined) {
  const newest = db
    .selectFrom('canaries')
    .select('record')
    .orderBy('launched_at', 'desc')
    .orderBy('sequence', 'desc')
    .limit(limit);
  const rows = await (probe === undefined ? newest : newest.where('probe', '=', probe)).execute();
  return rows.map(canaryOf);
}

/** Both from one snapshot. */
async function findTotals(db: Kysely<Tables>): Promise<TotalsView> {
  return db
    .transaction()
    .setAccessMode('read only')
    .execute(async (snapshot) => {
      const { value: position } = await snapshot
        .selectFrom('counters')
        .select('value')
        .where('name', '=', 'position')
        .executeTakeFirstOrThrow();
      const totals = await snapshot.selectFrom('totals').selectAll().execute();
      return { position, totals };
    });
}
