import type { Kysely } from 'kysely';
import type { Instant } from '../../base/clock.ts';
import { MonitorError } from '../../base/errors.ts';
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
  const read = <T>(reading: Promise<T>): Promise<T> => told(reading, connection.dialect);
  return {
    findCanary: (id) => read(findCanary(db, id)),
    timeline: (id) => read(findTimeline(db, id)),
    recent: (limit, probe) => read(findRecent(db, limit, probe)),
    open: () => read(findOpenCanaries(db)),
    totals: () => read(findTotals(db)),
    observers: () => read(findObservers(db)),
    newest: (probe, vantage) => read(findNewest(db, { probe, vantage })),
    probe: (probe, vantage) => read(findProbe(db, { probe, vantage })),
    lastWrittenAt: () => read(findLastWrite(db)),
    litter: (query, limit) => read(findLitter(db, query, limit)),
    countLitter: (query) => read(countLitter(db, query)),
    close: () => connection.close(),
  };
}

/** What the database cannot give is a MonitorError, as it is of a ledger that writes. */
async function told<T>(reading: Promise<T>, dialect: SqlConnection['dialect']): Promise<T> {
  try {
    return await reading;
  } catch (error) {
    const fault = dialect.faultOf(error);
    if (fault === undefined) throw error;
    const message = `the ledger ${dialect.name} cannot be read: ${fault}`;
    throw new MonitorError(message, { reason: 'ledger', retryable: true, cause: error });
  }
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
    .setIsolationLevel('repeatable read')
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
