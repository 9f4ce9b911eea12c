import type { Kysely, Transaction } from 'kysely';
import type { Instant } from '../../base/clock.ts';
import type { CopyKey, LitterCopy, LitterQuery } from '../store.ts';
import { fromMicros, toMicros } from './rows.ts';
import type { Tables } from './schema.ts';

/** Oldest sighting first. */
export async function findLitter(
  db: Kysely<Tables>,
  query: LitterQuery,
  limit: number,
): Promise<readonly LitterCopy[]> {
  const rows = await litter(db, query)
    .select([
      'sightings.canary_id',
      'sightings.external_id',
      'sightings.place',
      'sightings.seen_at',
      'canaries.token',
    ])
    .orderBy('sightings.seen_at')
    .orderBy('sightings.canary_id')
    .orderBy('sightings.external_id')
    .limit(limit)
    .execute();
  return rows.map((row) => ({
    canaryId: row.canary_id,
    token: row.token,
    externalId: row.external_id,
    place: row.place,
    seenAt: fromMicros(row.seen_at),
  }));
}

export async function countLitter(db: Kysely<Tables>, query: LitterQuery): Promise<number> {
  const { count } = await litter(db, query)
    .select((eb) => eb.fn.countAll<number | string>().as('count'))
    .executeTakeFirstOrThrow();
  return Number(count);
}

/** In all places where these copies were seen. */
export async function markTidied(
  db: Transaction<Tables>,
  copies: readonly CopyKey[],
  at: Instant,
): Promise<void> {
  for (const { canaryId, externalId } of copies) {
    await db
      .updateTable('sightings')
      .set({ tidied_at: toMicros(at) })
      .where('canary_id', '=', canaryId)
      .where('external_id', '=', externalId)
      .where('tidied_at', 'is', null)
      .execute();
  }
}

/** Of a copy seen in several places only the last one counts: there it is now. */
function litter(db: Kysely<Tables>, query: LitterQuery) {
  return db
    .selectFrom('sightings')
    .innerJoin('canaries', 'canaries.id', 'sightings.canary_id')
    .where('sightings.observer', '=', query.observer)
    .where('sightings.tidied_at', 'is', null)
    .where('sightings.seen_at', '<=', toMicros(query.seenUntil))
    .where('sightings.place', 'in', query.places)
    .where('canaries.verdict', 'is not', null)
    .where((eb) =>
      eb.not(
        eb.exists(
          eb
            .selectFrom('sightings as later')
            .select('later.place')
            .whereRef('later.canary_id', '=', 'sightings.canary_id')
            .whereRef('later.observer', '=', 'sightings.observer')
            .whereRef('later.external_id', '=', 'sightings.external_id')
            .where((of) =>
              of.or([
                of('later.seen_at', '>', of.ref('sightings.seen_at')),
                of.and([
                  of('later.seen_at', '=', of.ref('sightings.seen_at')),
                  of('later.place', '>', of.ref('sightings.place')),
                ]),
              ]),
            ),
        ),
      ),
    );
}
