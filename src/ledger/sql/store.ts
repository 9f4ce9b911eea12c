import type { Kysely, Transaction } from 'kysely';
import type { Instant } from '../../base/clock.ts';
import type { Canary } from '../../domain/canary.ts';
import type { LedgerEvent } from '../../domain/events.ts';
import type { Policy, Route } from '../../domain/probe.ts';
import { ClockMarkRecord } from '../record.ts';
import type { ClockMark, ObserverState } from '../store.ts';
import type { CanaryChange, Counters, Store, StoreTransaction } from '../store.ts';
import type { Total } from '../totals.ts';
import {
  canaryOf,
  canaryRow,
  eventRow,
  observerOf,
  observerRow,
  progressRow,
  sightingRows,
  toMicros,
} from './rows.ts';
import type { SqlConnection, SqlDialect } from './dialect.ts';
import { TakenOver } from './epoch.ts';
import { countLitter, findLitter, markTidied } from './litter.ts';
import { activateProbe, findNewest, retainProbes, savePause } from './probes.ts';
import { COPY_KEY, TOTALS_KEY, type Tables } from './schema.ts';
import { findSteps, findTrails, saveTrails } from './trails.ts';
import { createWrite } from './write.ts';

/** Rows or ids a statement: databases limit its parameters (SQLite 32,766, PostgreSQL 65,535). */
const CHUNK = 500;

/**
 * The store over an open connection with the newest schema. `epoch` is the number of this writer, where another may
 * take the ledger over.
 */
export function createSqlStore(connection: SqlConnection, epoch?: number): Store {
  const { db, dialect } = connection;
  const claimed = { dialect, epoch };
  return {
    name: dialect.name,
    write: createWrite(connection, (transaction) => createTransaction(claimed, transaction)),
    findCanary: (id) => findCanary(db, id),
    openCanaries: () => findOpenCanaries(db),
    newest: (probe, vantage) => findNewest(db, { probe, vantage }),
    trails: () => findTrails(db),
    stepsAfter: (position) => findSteps(db, position),
    observers: () => findObservers(db),
    clockMark: () => findClockMark(db),
    litter: (query, limit) => findLitter(db, query, limit),
    countLitter: (query) => countLitter(db, query),
    faultOf: (error) => (error instanceof TakenOver ? error.fault : dialect.faultOf(error)),
    isSyncFault: (error) => dialect.isSyncFault(error),
    close: () => connection.close(),
  };
}

export async function findCanary(db: Kysely<Tables>, id: string): Promise<Canary | undefined> {
  const row = await db
    .selectFrom('canaries')
    .select('record')
    .where('id', '=', id)
    .executeTakeFirst();
  return row === undefined ? undefined : canaryOf(row);
}

export async function findOpenCanaries(db: Kysely<Tables>): Promise<readonly Canary[]> {
  const rows = await db
    .selectFrom('canaries')
    .select('record')
    .where('open', '=', 1)
    .orderBy('launched_at')
    .orderBy('sequence')
    .execute();
  const [route, policy] = [createSharing<Route>(), createSharing<Policy>()];
  return rows.map((row) => {
    const canary = canaryOf(row);
    const { launch } = canary;
    const shared = { route: route(launch.route), policy: policy(launch.policy) };
    return { ...canary, launch: { ...launch, ...shared } };
  });
}

/** Equal values become one object: after a long outage tens of thousands of canaries of few probes are open. */
function createSharing<T>(): (value: T) => T {
  const known = new Map<string, T>();
  return (value) => {
    const key = JSON.stringify(value);
    const first = known.get(key);
    if (first === undefined) known.set(key, value);
    return first ?? value;
  };
}

export async function findObservers(
  db: Kysely<Tables>,
): Promise<ReadonlyMap<string, ObserverState>> {
  const rows = await db.selectFrom('observers').selectAll().orderBy('name').execute();
  return new Map(rows.map((row) => [row.name, observerOf(row)]));
}

interface Claimed {
  readonly dialect: SqlDialect;
  readonly epoch: number | undefined;
}

function createTransaction({ dialect, epoch }: Claimed, db: Transaction<Tables>): StoreTransaction {
  return {
    async takeCounters() {
      await dialect.keepWritersAway(db);
      return readCounters(db, epoch);
    },
    saveCounters: (counters) => saveCounters(db, counters),
    insertCanary: (change) => insertCanary(db, change),
    findCanaries: (ids) => findCanaries(db, ids),
    async saveCanaries(changes) {
      for (const change of changes) await saveCanary(db, change);
    },
    appendEvents: (events) => appendEvents(db, events),
    addTotals: (totals) => addTotals(db, totals),
    async findObserver(name) {
      const row = await db
        .selectFrom('observers')
        .selectAll()
        .where('name', '=', name)
        .executeTakeFirst();
      return row === undefined ? undefined : observerOf(row);
    },
    async saveObserver(name, state) {
      const row = observerRow(name, state);
      const { horizon, site, cursor } = row;
      await db
        .insertInto('observers')
        .values(row)
        .onConflict((conflict) => conflict.column('name').doUpdateSet({ horizon, site, cursor }))
        .execute();
    },
    deleteCanaries: (before, limit) => deleteCanaries(db, before, limit),
    activateProbe: (probe, vantage, at) => activateProbe(db, { probe, vantage }, at),
    retainProbes: (vantage, probes) => retainProbes(db, vantage, probes),
    savePause: (probe, vantage, pause) => savePause(db, { probe, vantage }, pause),
    saveTrails: (trails) => saveTrails(db, trails),
    markTidied: (copies, at) => markTidied(db, copies, at),
    async touch(at, uptime) {
      await saveMeta(db, 'touched_at', String(toMicros(at)));
      if (uptime !== undefined) await saveMeta(db, 'clock', JSON.stringify({ at, uptime }));
    },
  };
}

async function readCounters(db: Transaction<Tables>, epoch: number | undefined): Promise<Counters> {
  const rows = await db.selectFrom('counters').selectAll().execute();
  const values = new Map(rows.map((row) => [row.name, row.value]));
  if (epoch !== undefined && values.get('epoch') !== epoch) throw new TakenOver();
  const [position, sequence] = [values.get('position'), values.get('sequence')];
  if (position === undefined || sequence === undefined)
    throw new Error('the ledger has no counters');
  return { position, sequence };
}

async function saveCounters(db: Transaction<Tables>, counters: Counters): Promise<void> {
  const { position, sequence } = counters;
  await db
    .insertInto('counters')
    .values([
      { name: 'position', value: position },
      { name: 'sequence', value: sequence },
    ])
    .onConflict((conflict) =>
      conflict.column('name').doUpdateSet((eb) => ({ value: eb.ref('excluded.value') })),
    )
    .execute();
}

async function insertCanary(db: Transaction<Tables>, change: CanaryChange): Promise<boolean> {
  const rows = await db
    .insertInto('canaries')
    .values(canaryRow(change))
    .onConflict((conflict) => conflict.doNothing())
    .returning('id')
    .execute();
  return rows.length > 0;
}

async function findCanaries(
  db: Transaction<Tables>,
  ids: readonly string[],
): Promise<ReadonlyMap<string, Canary>> {
  const found = new Map<string, Canary>();
  for (const part of chunks(ids)) {
    const rows = await db.selectFrom('canaries').select('record').where('id', 'in', part).execute();
    for (const canary of rows.map(canaryOf)) found.set(canary.launch.id, canary);
  }
  return found;
}

async function deleteCanaries(
  db: Transaction<Tables>,
  before: Instant,
  limit: number,
): Promise<number> {
  const old = db
    .selectFrom('canaries')
    .select('id')
    .where('launched_at', '<', toMicros(before))
    .where('open', '=', 0)
    .orderBy('launched_at')
    .limit(limit);
  const result = await db.deleteFrom('canaries').where('id', 'in', old).executeTakeFirst();
  return Number(result.numDeletedRows);
}

async function saveCanary(db: Transaction<Tables>, change: CanaryChange): Promise<void> {
  await db
    .updateTable('canaries')
    .set(progressRow(change))
    .where('id', '=', change.canary.launch.id)
    .execute();
}

async function appendEvents(
  db: Transaction<Tables>,
  events: readonly LedgerEvent[],
): Promise<void> {
  for (const part of chunks(events.map(eventRow))) {
    await db.insertInto('events').values(part).execute();
  }
  for (const part of chunks(sightingRows(events))) {
    await db
      .insertInto('sightings')
      .values((eb) =>
        part.map((row) => ({
          ...row,
          // A copy that was cleaned away and shows up in another place (closed) stays so.
          tidied_at: eb
            .selectFrom('sightings as known')
            .select((of) => of.fn.max('known.tidied_at').as('tidied_at'))
            .where('known.canary_id', '=', row.canary_id)
            .where('known.observer', '=', row.observer)
            .where('known.external_id', '=', row.external_id),
        })),
      )
      .onConflict((conflict) =>
        conflict.columns(COPY_KEY).doUpdateSet((eb) => ({
          ingested_low: eb.ref('excluded.ingested_low'),
          ingested_high: eb.ref('excluded.ingested_high'),
          seen_at: eb.ref('excluded.seen_at'),
        })),
      )
      .execute();
  }
}

async function addTotals(db: Transaction<Tables>, totals: readonly Total[]): Promise<void> {
  for (const part of chunks(totals)) {
    await db
      .insertInto('totals')
      .values(part)
      .onConflict((conflict) =>
        conflict
          .columns(TOTALS_KEY)
          .doUpdateSet((eb) => ({ value: eb('totals.value', '+', eb.ref('excluded.value')) })),
      )
      .execute();
  }
}

function* chunks<T>(items: readonly T[]): Generator<readonly T[]> {
  for (let start = 0; start < items.length; start += CHUNK) {
    yield items.slice(start, start + CHUNK);
  }
}

async function saveMeta(db: Kysely<Tables>, name: string, value: string): Promise<void> {
  await db
    .insertInto('meta')
    .values({ name, value })
    .onConflict((conflict) => conflict.column('name').doUpdateSet({ value }))
    .execute();
}

async function findClockMark(db: Kysely<Tables>): Promise<ClockMark | undefined> {
  const row = await db
    .selectFrom('meta')
    .select('value')
    .where('name', '=', 'clock')
    .executeTakeFirst();
  return row === undefined ? undefined : ClockMarkRecord.parse(JSON.parse(row.value));
}
