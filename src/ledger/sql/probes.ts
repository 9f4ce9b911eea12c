import type { Kysely } from 'kysely';
import type { Instant } from '../../base/clock.ts';
import { withPause, type Pause } from '../../domain/schedule.ts';
import { PausesRecord } from '../record.ts';
import type { Newest, ProbeState } from '../store.ts';
import { canaryOf, fromMicros, toMicros } from './rows.ts';
import type { Tables } from './schema.ts';

/** One probe at one vantage. */
export interface ProbeKey {
  readonly probe: string;
  readonly vantage: string;
}

export async function activateProbe(
  db: Kysely<Tables>,
  key: ProbeKey,
  at: Instant,
): Promise<ProbeState> {
  const noPause = { paused_since: null, paused_until: null, pause_reason: null };
  const empty = { ...noPause, earlier_pauses: null };
  await db
    .insertInto('probes')
    .values({ ...key, activated_at: toMicros(at), ...empty })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  const state = await findProbe(db, key);
  if (state === undefined) throw new Error(`the probe ${key.probe} was not remembered`);
  return state;
}

export async function findProbe(
  db: Kysely<Tables>,
  key: ProbeKey,
): Promise<ProbeState | undefined> {
  const row = await db
    .selectFrom('probes')
    .selectAll()
    .where('probe', '=', key.probe)
    .where('vantage', '=', key.vantage)
    .executeTakeFirst();
  if (row === undefined) return undefined;
  const { paused_since: since, paused_until: until, pause_reason: reason } = row;
  const pause =
    since === null || until === null
      ? null
      : { since: fromMicros(since), until: fromMicros(until), reason: reason ?? '' };
  const earlier = row.earlier_pauses;
  const earlierPauses = earlier === null ? [] : PausesRecord.parse(JSON.parse(earlier));
  return { activatedAt: fromMicros(row.activated_at), pause, earlierPauses };
}

/** Forgets all probes of a vantage but the named ones, with their evidence; one that comes back is activated anew (semantics A10). */
export async function retainProbes(
  db: Kysely<Tables>,
  vantage: string,
  names: readonly string[],
): Promise<void> {
  for (const table of ['probes', 'trails'] as const) {
    const others = db.deleteFrom(table).where('vantage', '=', vantage);
    await (names.length === 0 ? others : others.where('probe', 'not in', names)).execute();
  }
}

export async function savePause(db: Kysely<Tables>, key: ProbeKey, pause: Pause): Promise<void> {
  const known = await findProbe(db, key);
  if (known === undefined) return;
  const [since, until] = [toMicros(pause.since), toMicros(pause.until)];
  // As it is read back, or the one that is stored would not be known again.
  const stored = { since: fromMicros(since), until: fromMicros(until), reason: pause.reason };
  const { earlierPauses } = withPause(known, stored);
  await db
    .updateTable('probes')
    .set({
      paused_since: since,
      paused_until: until,
      pause_reason: pause.reason,
      earlier_pauses: earlierPauses.length === 0 ? null : JSON.stringify(earlierPauses),
    })
    .where('probe', '=', key.probe)
    .where('vantage', '=', key.vantage)
    .execute();
}

export async function findNewest(db: Kysely<Tables>, key: ProbeKey): Promise<Newest> {
  const accepted = db
    .selectFrom('canaries')
    .select('record')
    .where('probe', '=', key.probe)
    .where('vantage', '=', key.vantage)
    .where('kind', '!=', 'manual')
    .where('accepted_high', 'is not', null)
    .orderBy('accepted_high', 'desc')
    .orderBy('sequence', 'desc')
    .limit(1);
  const ingested = accepted.where((eb) =>
    eb.exists(
      eb
        .selectFrom('sightings')
        .select('place')
        .whereRef('sightings.canary_id', '=', 'canaries.id'),
    ),
  );
  const [newest, seen] = [await accepted.executeTakeFirst(), await ingested.executeTakeFirst()];
  return {
    accepted: newest === undefined ? undefined : canaryOf(newest),
    ingested: seen === undefined ? undefined : canaryOf(seen),
  };
}
