import { sql, type Kysely } from 'kysely';
import type { SqlDialect } from './dialect.ts';
import { COPY_KEY, type Tables } from './schema.ts';

// Steps of migrations.ts about the table of sightings. Released ones never change.

/** Which copies were cleaned away; of those that were not, each observer's are found by an index of their own. */
export async function noteTidied(db: Kysely<Tables>, { int64 }: SqlDialect): Promise<void> {
  await db.schema
    .alterTable('sightings')
    .addColumn('observer', 'text', (column) => column.notNull().defaultTo(''))
    .execute();
  await db.schema.alterTable('sightings').addColumn('tidied_at', int64).execute();
  await db
    .updateTable('sightings')
    .set((eb) => ({
      observer: eb.fn.coalesce(
        eb
          .selectFrom('canaries')
          .select('canaries.observer')
          .whereRef('canaries.id', '=', 'sightings.canary_id'),
        eb.val(''),
      ),
    }))
    .execute();
  await indexUntidied(db);
}

async function indexUntidied(db: Kysely<Tables>): Promise<void> {
  await db.schema
    .createIndex('sightings_untidied')
    .on('sightings')
    .columns(['observer', 'seen_at'])
    .where(sql.ref('tidied_at'), 'is', null)
    .execute();
}

const SIGHTING_COLUMNS = [
  'canary_id',
  'external_id',
  'place',
  'ingested_low',
  'ingested_high',
  'seen_at',
  'observer',
  'tidied_at',
] as const;

/** Several observers may see one canary, and their names for its copies may be the same by chance. */
export async function tellObserversApart(db: Kysely<Tables>, { int64 }: SqlDialect): Promise<void> {
  await db.schema
    .createTable('sightings_apart')
    .addColumn('canary_id', 'text', (c) =>
      c.notNull().references('canaries.id').onDelete('cascade'),
    )
    .addColumn('external_id', 'text', (column) => column.notNull())
    .addColumn('place', 'text', (column) => column.notNull())
    .addColumn('ingested_low', int64, (column) => column.notNull())
    .addColumn('ingested_high', int64, (column) => column.notNull())
    .addColumn('seen_at', int64, (column) => column.notNull())
    .addColumn('observer', 'text', (column) => column.notNull())
    .addColumn('tidied_at', int64)
    .addPrimaryKeyConstraint('sightings_apart_key', [...COPY_KEY])
    .execute();
  const columns = sql.join(SIGHTING_COLUMNS.map((column) => sql.ref(column)));
  await sql`insert into sightings_apart (${columns}) select ${columns} from sightings`.execute(db);
  await db.schema.dropTable('sightings').execute();
  await db.schema.alterTable('sightings_apart').renameTo('sightings').execute();
  await indexUntidied(db);
}
