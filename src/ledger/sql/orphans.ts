import type { Kysely } from 'kysely';
import type { Tables } from './schema.ts';

/** Events and sightings whose canary is gone, which the references forbid. */
export async function countOrphans(db: Kysely<Tables>): Promise<number> {
  let sum = 0;
  for (const table of ['events', 'sightings'] as const) {
    const { count } = await db
      .selectFrom(table)
      .leftJoin('canaries', 'canaries.id', 'canary_id')
      .where('canaries.id', 'is', null)
      .select((eb) => eb.fn.countAll<number>().as('count'))
      .executeTakeFirstOrThrow();
    sum += count;
  }
  return sum;
}
