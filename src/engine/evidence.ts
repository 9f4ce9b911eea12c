import type { Instant } from '../base/clock.ts';
import { firstSighting, type Canary } from '../domain/canary.ts';
import { bracket, type Interval } from '../domain/latency.ts';
import { chainOf, passageAt } from '../domain/stage.ts';
import { narrow, observeStamp, type StampEvidence, type StampProof } from '../domain/stamp.ts';
import type { FactEntry, LookEntry } from '../ledger/ledger.ts';
import type { Look, Observation, Observer } from '../observers/observer.ts';
import { writeMemory } from './memory.ts';

export interface EvidenceView {
  readonly observer: Pick<Observer, 'name' | 'capabilities'>;
  /** The observer's horizon before this look. */
  readonly horizon: Instant | undefined;
  readonly find: (id: string) => Promise<Canary | undefined>;
  /** How far the observer's stamps had proven honest before this look. */
  readonly proof?: StampProof | undefined;
}

export interface Evidence {
  /** What the ledger is to remember. */
  readonly entry: LookEntry;
  /** With the canaries of this look. */
  readonly proof: StampProof | undefined;
  /** Stamps that were proven honest and contradict what the looks say; the looks stand. */
  readonly conflicts: number;
  /** External ids of copies that carry a token of ours and no canary that the ledger knows. */
  readonly strangers: readonly string[];
}

/** What a look proves: sightings with their brackets, copies, and how far the horizon goes. */
export async function evidenceOf(look: Look, view: EvidenceView): Promise<Evidence> {
  const facts: FactEntry[] = [];
  let proof = view.proof;
  let conflicts = 0;
  const strangers: string[] = [];
  for (const [id, seen] of groupById(look.observations)) {
    const canary = await view.find(id);
    if (canary === undefined) strangers.push(...seen.map(({ externalId }) => externalId));
    const { name } = view.observer;
    if (canary === undefined || !chainOf(canary.launch.route).includes(name)) continue;
    const account = factsOf(canary, seen, { look, horizon: view.horizon, proof, observer: name });
    facts.push(...account.facts);
    proof = account.proof;
    conflicts += account.conflicts;
  }
  const entry = {
    observer: view.observer.name,
    horizon: look.complete ? horizonOf(look, view.observer.capabilities.indexLagMs) : null,
    cursor: writeMemory({ cursor: look.cursor, proof }),
    facts,
  };
  return { entry, proof, conflicts, strangers };
}

/** Everything ingested before the earliest reading of a place began, less the index lag, would have been seen. */
export function horizonOf(look: Look, indexLagMs: number): Instant {
  return Math.min(...look.places.map((place) => place.startedAt)) - indexLagMs;
}

interface Context {
  readonly observer: string;
  readonly look: Look;
  readonly horizon: Instant | undefined;
  readonly proof: StampProof | undefined;
}

interface Account {
  readonly facts: readonly FactEntry[];
  readonly proof: StampProof | undefined;
  readonly conflicts: number;
}

function factsOf(canary: Canary, seen: readonly Observation[], context: Context): Account {
  const { id, launchedAt } = canary.launch;
  const { look, horizon, observer } = context;
  const decides = canary.launch.route.observer === observer;
  const notBefore = canary.acceptance?.at.low ?? canary.doubt?.at.low ?? launchedAt;
  const fromLooks = bracket({ horizon, lookEnd: look.endedAt, notBefore });
  const isNew = (decides ? firstSighting(canary) : passageAt(canary, observer)) === undefined;
  const facts: FactEntry[] = [];
  let conflicts = 0;
  for (const observation of seen) {
    const { externalId, place, stamp, hops, foreignMessageId } = observation;
    const evidence = isNew
      ? stampEvidence(canary, observation, { look, bracket: fromLooks })
      : undefined;
    const told =
      evidence === undefined
        ? { ingested: fromLooks, conflict: false }
        : narrow(evidence, context.proof);
    if (told.conflict) conflicts += 1;
    const { ingested } = told;
    const seenAt = look.endedAt;
    const sighting = { externalId, place, ingested, seenAt, stamp, hops, foreignMessageId };
    const passage = { observer, sighting };
    facts.push({ id, fact: decides ? { type: 'sighted', sighting } : { type: 'passed', passage } });
  }
  // Only one complete look proves that two copies are there at the same time (semantics A8).
  const copies = new Set(seen.map((observation) => observation.externalId)).size;
  if (decides && look.complete && copies > 1) {
    facts.push({ id, fact: { type: 'copied', at: look.endedAt, copies } });
  }
  const [first] = seen;
  const witness =
    isNew && first !== undefined
      ? stampEvidence(canary, first, { look, bracket: fromLooks })
      : undefined;
  const proof = witness === undefined ? context.proof : observeStamp(context.proof, witness);
  return { facts, proof, conflicts };
}

/** Of a first sighting only: the stamp of one that was moved or copied later is of another time. */
function stampEvidence(
  canary: Canary,
  { stamp, mailDate }: Observation,
  { look, bracket: fromLooks }: { readonly look: Look; readonly bracket: Interval },
): StampEvidence | undefined {
  if (stamp === null) return undefined;
  const mailDates = [canary.launch.launchedAt, mailDate ?? canary.launch.launchedAt];
  return { bracket: fromLooks, stamp, offset: look.clockOffset, mailDates };
}

function groupById(observations: readonly Observation[]): Map<string, Observation[]> {
  const groups = new Map<string, Observation[]>();
  for (const observation of observations) {
    const group = groups.get(observation.token.id) ?? [];
    groups.set(observation.token.id, [...group, observation]);
  }
  return groups;
}
