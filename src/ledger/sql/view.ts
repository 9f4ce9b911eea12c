import type { Kysely } from 'kysely';
import type { Instant } from '../../base/clock.ts';
import type { LedgerEvent } from '../../domain/events.ts';
import type { TotalsView, View } from '../view.ts';
import type { SqlConnection } from './dialect.ts';
import { countLitter, findLitter } from './litter.ts';
import { findNewest, findProbe } from './probes.ts';
import { canaryOf, eventOf, fromMicros } from './rows.ts';
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
    newest: (probe, vantage) => findNewest(db, { probe, vantage }),
    probe: (probe, vantage) => findProbe(db, { probe, vantage }),
    lastWrittenAt: () => findLastWrite(db),
    litter: (query, limit) => findLitter(db, query, limit),
    countLitter: (query) => countLitter(db, query),
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

/** The newest of what is dated: events, horizons, test writes. */
async function findLastWrite(db: Kysely<Tables>): Promise<Instant | null> {
  const event = await db
    .selectFrom('events')
    .select('at')
    .orderBy('position', 'desc')
    .limit(1)
    .executeTakeFirst();
  const observers = await db.selectFrom('observers').select('horizon').execute();
  const touched = await db
    .selectFrom('meta')
    .select('value')
    .where('name', '=', 'touched_at')
    .executeTakeFirst();
  const horizons = observers.map(({ horizon }) => horizon ?? 0);
  const last = Math.max(event?.at ?? 0, Number(touched?.value ?? 0), ...horizons);
  return last === 0 ? null : fromMicros(last);
}
