import type { Kysely, Transaction } from 'kysely';
import type { CanaryStep, StoredTrails } from '../store.ts';
import { TrailRecord } from '../record.ts';

import { eventsOf, fold } from './history.ts';
import { canaryOf, eventOf } from './rows.ts';
import { TRAILS_KEY, type Tables } from './schema.ts';

/** Rows or ids a statement. */
const CHUNK = 200;

export async function findTrails(db: Kysely<Tables>): Promise<StoredTrails> {
  const { value: position } = await db
    .selectFrom('counters')
    .select('value')
    .where('name', '=', 'trails')
    .executeTakeFirstOrThrow();
  const rows = await db.selectFrom('trails').selectAll().execute();
  const trails = rows.map(({ content, ...series }) => ({
    series,
    content: TrailRecord.parse(JSON.parse(content)),
  }));
  return { position, trails };
}

export async function saveTrails(
  db: Transaction<Tables>,
  { position, trails }: StoredTrails,
): Promise<void> {
  const rows = trails.map(({ series, content }) => ({
    ...series,
    content: JSON.stringify(content),
  }));
  for (let start = 0; start < rows.length; start += CHUNK) {
    await db
      .insertInto('trails')
      .values(rows.slice(start, start + CHUNK))
      .onConflict((conflict) =>
        conflict.columns(TRAILS_KEY).doUpdateSet((eb) => ({ content: eb.ref('excluded.content') })),
      )
      .execute();
  }
  await db.updateTable('counters').set({ value: position }).where('name', '=', 'trails').execute();
}

/** Each canary that has an event after `position`, without those that it does not have before it. */
export async function findSteps(
  db: Kysely<Tables>,
  position: number,
): Promise<readonly CanaryStep[]> {
  const found = await db
    .selectFrom('events')
    .select('canary_id')
    .distinct()
    .where('position', '>', position)
    .execute();
  const steps: CanaryStep[] = [];
  for (let start = 0; start < found.length; start += CHUNK) {
    const ids = found.slice(start, start + CHUNK).map((row) => row.canary_id);
    const events = await eventsOf(db, ids);
    const rows = await db.selectFrom('canaries').select('record').where('id', 'in', ids).execute();
    for (const after of rows.map(canaryOf)) {
      const own = events.get(after.launch.id) ?? [];
      const known = own.filter((row) => row.position <= position);
      const before = fold(
        after,
        known.map((row) => eventOf(row, after.launch)),
      );
      steps.push({ before: known.length === 0 ? undefined : before, after });
    }
  }
  return steps;
}
