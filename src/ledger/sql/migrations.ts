import { sql, type Kysely } from 'kysely';
import { MonitorError } from '../../base/errors.ts';
import type { SqlDialect } from './dialect.ts';
import { TOTALS_KEY, TRAILS_KEY, type Tables } from './schema.ts';
import { noteTidied, tellObserversApart } from './sighting-migrations.ts';

type Migration = (db: Kysely<Tables>, dialect: SqlDialect) => Promise<void>;

/** In order, for ever: number n makes schema n + 1 of what came before. Released ones never change. */
const MIGRATIONS: readonly Migration[] = [
  createTables,
  noteTidied,
  indexNewest,
  keepTrails,
  tellObserversApart,
  rememberClock,
  tellSites,
  keepPauses,
];

/** The schema that this program reads and writes. */
export const SCHEMA_VERSION = MIGRATIONS.length;

/**
 * Brings the database to {@link SCHEMA_VERSION}, all steps in one transaction.
 *
 * @throws MonitorError `ledger` for a newer schema, and for a database that holds something else.
 */
export async function migrate(db: Kysely<Tables>, dialect: SqlDialect): Promise<void> {
  const version = await readVersion(db, dialect);
  if (version === SCHEMA_VERSION) return;
  await db.transaction().execute(async (transaction) => {
    for (const step of MIGRATIONS.slice(version)) await step(transaction, dialect);
    const value = String(SCHEMA_VERSION);
    await transaction
      .insertInto('meta')
      .values({ name: 'schema', value })
      .onConflict((conflict) => conflict.column('name').doUpdateSet({ value }))
      .execute();
  });
}

/**
 * For those who only read, and so cannot migrate.
 *
 * @throws MonitorError `ledger` where the schema is any other than {@link SCHEMA_VERSION}.
 */
export async function requireCurrent(db: Kysely<Tables>, dialect: SqlDialect): Promise<void> {
  const version = await readVersion(db, dialect);
  if (version === 0) throw refusal(`${dialect.name} is empty, not a ledger yet`);
  if (version === SCHEMA_VERSION) return;
  throw refusal(
    `the ledger ${dialect.name} has schema ${version} and this program schema ${SCHEMA_VERSION}: run it once to bring the ledger up to date`,
  );
}

/**
 * The schema that a database has; 0 for an empty one.
 *
 * @throws MonitorError `ledger` for one newer than {@link SCHEMA_VERSION}, and for something else than a ledger.
 */
export async function readVersion(db: Kysely<Tables>, dialect: SqlDialect): Promise<number> {
  const tables = await dialect.tableNames(db);
  if (tables.length === 0) return 0;
  if (!tables.includes('meta') || !tables.includes('canaries')) {
    throw refusal(`${dialect.name} is a database of something else, not a ledger`);
  }
  const row = await db
    .selectFrom('meta')
    .select('value')
    .where('name', '=', 'schema')
    .executeTakeFirst();
  const version = Number(row?.value);
  if (!Number.isInteger(version) || version < 1) {
    throw refusal(`${dialect.name} does not say which schema it has`);
  }
  if (version > SCHEMA_VERSION) {
    throw refusal(
      `the ledger ${dialect.name} has schema ${version}, newer than this program, which knows schema ${SCHEMA_VERSION}: use the newer program`,
    );
  }
  return version;
}

function refusal(message: string): MonitorError {
  return new MonitorError(message, { reason: 'ledger', retryable: false });
}

async function createTables(db: Kysely<Tables>, dialect: SqlDialect): Promise<void> {
  await createRegisters(db, dialect);
  await createCanaries(db, dialect);
  await createFacts(db, dialect);
  await createTotals(db, dialect);
}

async function createRegisters(db: Kysely<Tables>, { int64 }: SqlDialect): Promise<void> {
  await db.schema
    .createTable('meta')
    .addColumn('name', 'text', (column) => column.primaryKey())
    .addColumn('value', 'text', (column) => column.notNull())
    .execute();
  await db.schema
    .createTable('counters')
    .addColumn('name', 'text', (column) => column.primaryKey())
    .addColumn('value', int64, (column) => column.notNull())
    .execute();
  await db
    .insertInto('counters')
    .values([
      { name: 'position', value: 0 },
      { name: 'sequence', value: 0 },
    ])
    .execute();
  await db.schema
    .createTable('observers')
    .addColumn('name', 'text', (column) => column.primaryKey())
    .addColumn('horizon', int64)
    .addColumn('cursor', 'text', (column) => column.notNull())
    .execute();
  await db.schema
    .createTable('probes')
    .addColumn('probe', 'text', (column) => column.notNull())
    .addColumn('vantage', 'text', (column) => column.notNull())
    .addColumn('activated_at', int64, (column) => column.notNull())
    .addColumn('paused_since', int64)
    .addColumn('paused_until', int64)
    .addColumn('pause_reason', 'text')
    .addPrimaryKeyConstraint('probes_key', ['probe', 'vantage'])
    .execute();
}

async function createCanaries(db: Kysely<Tables>, { int64 }: SqlDialect): Promise<void> {
  let table = db.schema
    .createTable('canaries')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('token', 'text', (column) => column.notNull().unique())
    .addColumn('sequence', int64, (column) => column.notNull().unique());
  const labels = ['probe', 'role', 'sender', 'observer', 'vantage', 'path', 'shape', 'kind'];
  for (const label of labels) table = table.addColumn(label, 'text', (c) => c.notNull());
  await table
    .addColumn('scheduled_at', int64)
    .addColumn('launched_at', int64, (column) => column.notNull())
    .addColumn('accepted_low', int64)
    .addColumn('accepted_high', int64)
    .addColumn('verdict', 'text')
    .addColumn('outcome', 'text', (column) => column.notNull())
    .addColumn('open', 'integer', (column) => column.notNull())
    .addColumn('position', int64, (column) => column.notNull())
    .addColumn('record', 'text', (column) => column.notNull())
    .execute();
  // A tick is launched once a path, by whichever replica claims it first. Nulls are never equal.
  await createIndex(db, ['probe', 'vantage', 'path', 'scheduled_at']).unique().execute();
  await createIndex(db, ['probe', 'launched_at']).execute();
  await createIndex(db, ['launched_at']).execute();
  await createIndex(db, ['open', 'launched_at']).where('open', '=', 1).execute();
}

async function createFacts(db: Kysely<Tables>, { int64 }: SqlDialect): Promise<void> {
  await db.schema
    .createTable('sightings')
    .addColumn('canary_id', 'text', (c) =>
      c.notNull().references('canaries.id').onDelete('cascade'),
    )
    .addColumn('external_id', 'text', (column) => column.notNull())
    .addColumn('place', 'text', (column) => column.notNull())
    .addColumn('ingested_low', int64, (column) => column.notNull())
    .addColumn('ingested_high', int64, (column) => column.notNull())
    .addColumn('seen_at', int64, (column) => column.notNull())
    .addPrimaryKeyConstraint('sightings_key', ['canary_id', 'external_id', 'place'])
    .execute();
  await db.schema
    .createTable('events')
    .addColumn('position', int64, (column) => column.primaryKey())
    .addColumn('at', int64, (column) => column.notNull())
    .addColumn('canary_id', 'text', (c) =>
      c.notNull().references('canaries.id').onDelete('cascade'),
    )
    .addColumn('type', 'text', (column) => column.notNull())
    .addColumn('fact', 'text', (column) => column.notNull())
    .addColumn('effects', 'text', (column) => column.notNull())
    .execute();
  await db.schema
    .createIndex('events_by_canary')
    .on('events')
    .columns(['canary_id', 'position'])
    .execute();
}

/** Apart from the canaries: retention takes rows away and lowers no total (semantics A10). */
async function createTotals(db: Kysely<Tables>, { int64 }: SqlDialect): Promise<void> {
  await db.schema
    .createTable('totals')
    .addColumn('probe', 'text', (column) => column.notNull())
    .addColumn('role', 'text', (column) => column.notNull())
    .addColumn('sender', 'text', (column) => column.notNull())
    .addColumn('vantage', 'text', (column) => column.notNull())
    .addColumn('path', 'text', (column) => column.notNull())
    .addColumn('observer', 'text', (column) => column.notNull())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('label', 'text', (column) => column.notNull())
    .addColumn('value', int64, (column) => column.notNull())
    .addPrimaryKeyConstraint('totals_key', [...TOTALS_KEY])
    .execute();
}

/** The newest of a probe is asked for at each start, whatever its history. Some builds made it with schema 1. */
async function indexNewest(db: Kysely<Tables>): Promise<void> {
  await createIndex(db, ['probe', 'vantage', 'accepted_high', 'sequence']).ifNotExists().execute();
}

/** Evidence of loss. Of a ledger that is older it begins here: its canaries are told of no more. */
async function keepTrails(db: Kysely<Tables>): Promise<void> {
  await db.schema
    .createTable('trails')
    .addColumn('probe', 'text', (column) => column.notNull())
    .addColumn('role', 'text', (column) => column.notNull())
    .addColumn('sender', 'text', (column) => column.notNull())
    .addColumn('vantage', 'text', (column) => column.notNull())
    .addColumn('path', 'text', (column) => column.notNull())
    .addColumn('content', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('trails_key', [...TRAILS_KEY])
    .execute();
  await db
    .insertInto('counters')
    .columns(['name', 'value'])
    .expression((eb) =>
      eb
        .selectFrom('counters')
        .select([sql<'trails'>`'trails'`.as('name'), 'value'])
        .where('name', '=', 'position'),
    )
    .execute();
}

/** No table changes: `meta` has a `clock`, and canaries may have `clock_set` facts, which older programs do not understand. */
function rememberClock(): Promise<void> {
  return Promise.resolve();
}

/** A horizon holds where the observer looked. Of before it is not known: as now. */
async function tellSites(db: Kysely<Tables>): Promise<void> {
  await db.schema.alterTable('observers').addColumn('site', 'text').execute();
}

/** Deadlines may lie in other pauses than the last one. */
async function keepPauses(db: Kysely<Tables>): Promise<void> {
  await db.schema.alterTable('probes').addColumn('earlier_pauses', 'text').execute();
}

function createIndex(
  db: Kysely<Tables>,
  columns: readonly (
    | 'probe'
    | 'vantage'
    | 'path'
    | 'scheduled_at'
    | 'launched_at'
    | 'accepted_high'
    | 'sequence'
    | 'open'
  )[],
) {
  const name = `canaries_by_${columns.join('_')}`;
  return db.schema
    .createIndex(name)
    .on('canaries')
    .columns([...columns]);
}
