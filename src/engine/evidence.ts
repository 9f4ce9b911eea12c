import type { Instant } from '../base/clock.ts';
import type { Canary } from '../domain/canary.ts';
import { bracket } from '../domain/latency.ts';
import type { FactEntry, LookEntry } from '../ledger/ledger.ts';
import type { Look, Observation, Observer } from '../observers/observer.ts';

export interface EvidenceView {
  readonly observer: Pick<Observer, 'name' | 'capabilities'>;
  /** The observer's horizon before this look. */
  readonly horizon: Instant | undefined;
  readonly find: (id: string) => Promise<Canary | undefined>;
}

/** What a look proves: sightings with their brackets, copies, and how far the horizon goes. */
export async function entryOfLook(look: Look, view: EvidenceView): Promise<LookEntry> {
  const facts: FactEntry[] = [];
  for (const [id, seen] of groupById(look.observations)) {
    const canary = await view.find(id);
    if (canary?.launch.route.observer !== view.observer.name) continue;
    facts.push(...factsOf(canary, seen, { look, horizon: view.horizon }));
  }
  return {
    observer: view.observer.name,
    horizon: look.complete ? horizonOf(look, view.observer.capabilities.indexLagMs) : null,
    cursor: look.cursor,
    facts,
  };
}

/** Everything ingested before the earliest reading of a place began, less the index lag, would have been seen. */
export function horizonOf(look: Look, indexLagMs: number): Instant {
  return Math.min(...look.places.map((place) => place.startedAt)) - indexLagMs;
}

function factsOf(
  canary: Canary,
  seen: readonly Observation[],
  context: { readonly look: Look; readonly horizon: Instant | undefined },
): readonly FactEntry[] {
  const { id, launchedAt } = canary.launch;
  const { look, horizon } = context;
  const notBefore = canary.acceptance?.at.low ?? canary.doubt?.at.low ?? launchedAt;
  const ingested = bracket({ horizon, lookEnd: look.endedAt, notBefore });
  const facts: FactEntry[] = seen.map(({ externalId, place, stamp, hops, foreignMessageId }) => ({
    id,
    fact: {
      type: 'sighted',
      sighting: {
        externalId,
        place,
        ingested,
        seenAt: look.endedAt,
        stamp,
        hops,
        foreignMessageId,
      },
    },
  }));
  // Only one complete look proves that two copies are there at the same time (semantics A8).
  const copies = new Set(seen.map((observation) => observation.externalId)).size;
  if (look.complete && copies > 1) {
    facts.push({ id, fact: { type: 'copied', at: look.endedAt, copies } });
  }
  return facts;
}

function groupById(observations: readonly Observation[]): Map<string, Observation[]> {
  const groups = new Map<string, Observation[]>();
  for (const observation of observations) {
    const group = groups.get(observation.token.id) ?? [];
    groups.set(observation.token.id, [...group, observation]);
  }
  return groups;
}
