import type { ClockStep, Instant } from '../base/clock.ts';
import { firstSighting, type Canary } from '../domain/canary.ts';
import { bracket, type Interval } from '../domain/latency.ts';
import { chainOf, passageAt } from '../domain/stage.ts';
import { narrow, observeStamp, type StampEvidence, type StampProof } from '../domain/stamp.ts';
import type { FactEntry, LookEntry } from '../ledger/ledger.ts';
import type { Look, Observation, Observer } from '../observers/observer.ts';
import { writeMemory } from './memory.ts';

export interface EvidenceView {
  readonly observer: Pick<Observer, 'name' | 'capabilities'>;
  /** Where it looks; undefined where nobody said. */
  readonly site?: string | undefined;
  /** The observer's horizon before this look. */
  readonly horizon: Instant | undefined;
  readonly find: (id: string) => Promise<Canary | undefined>;
  /** How far the observer's stamps had proven honest before this look. */
  readonly proof?: StampProof | undefined;
  /** Of the wall clock, oldest first. */
  readonly steps?: readonly ClockStep[];
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
    const { horizon, steps = [] } = view;
    const account = factsOf(canary, seen, { look, horizon, proof, steps, observer: name });
    facts.push(...account.facts);
    proof = account.proof;
    conflicts += account.conflicts;
  }
  const entry = {
    observer: view.observer.name,
    site: view.site,
    horizon: look.complete ? horizonOf(look, view.observer.capabilities.indexLagMs) : null,
    cursor: writeMemory({ cursor: look.cursor, proof, site: view.site }),
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
  readonly steps: readonly ClockStep[];
}

interface Account {
  readonly facts: readonly FactEntry[];
  readonly proof: StampProof | undefined;
  readonly conflicts: number;
}

function factsOf(canary: Canary, seen: readonly Observation[], context: Context): Account {
  const { id, launchedAt } = canary.launch;
  const { look, observer } = context;
  const decides = canary.launch.route.observer === observer;
  const notBefore = canary.acceptance?.at.low ?? canary.doubt?.at.low ?? launchedAt;
  const { fromLooks, isOneTime } = arrivalOf(context, notBefore);
  const isFirst = (decides ? firstSighting(canary) : passageAt(canary, observer)) === undefined;
  // What was stamped, or compared with another clock, before ours was set is of another time.
  const isNew = isOneTime && isFirst;
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

interface Arrival {
  readonly fromLooks: Interval;
  /** Our clock was the same from acceptance to sighting. */
  readonly isOneTime: boolean;
}

/**
 * The bracket of an arrival, wider by each step that the wall clock made while the canary was in flight: where the machine was
 * stopped in a way that no clock of its own tells (a paused virtual machine), so much time passed that ours knows nothing of
 * (semantics B4).
 */
function arrivalOf({ look, horizon, steps }: Context, notBefore: Instant): Arrival {
  const lookEnd = look.endedAt;
  // At the start the wall clock told less than the ledger knew: what was accepted before that is later than now.
  if (horizon !== undefined && horizon > lookEnd) {
    const fromLooks =
      notBefore > lookEnd
        ? { low: notBefore, high: Math.max(notBefore, horizon) }
        : bracket({ horizon: undefined, lookEnd, notBefore });
    return { fromLooks, isOneTime: false };
  }
  const own = steps.filter(({ at }) => at > notBefore && at <= lookEnd);
  const { low, high } = bracket({ horizon, lookEnd, notBefore });
  const sum = (sign: 1 | -1): number =>
    own.reduce((total, { byMs }) => total + Math.max(0, sign * byMs), 0);
  return { fromLooks: { low: low - sum(-1), high: high + sum(1) }, isOneTime: own.length === 0 };
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
