import { firstSighting, isMissing, type Canary } from '../canary.ts';
import { verdictOf } from '../events.ts';
import { orderKey, type OrderKey } from '../series.ts';

/**
 * What a canary says about loss. `open`: no verdict yet, younger ones wait for it; `lost`: overdue and still missing, an arrival
 * takes it back; `gone`: as lost, and forgotten, so nothing takes it back; `arrived`: wherever and whenever.
 */
export type LossMark = 'open' | 'lost' | 'gone' | 'arrived';

/** A canary's part in the evidence of its series, in the order of acceptance. */
export interface LossEntry {
  readonly key: OrderKey;
  readonly mark: LossMark;
  /** An open one is not waited for any longer, in milliseconds from its acceptance. */
  readonly lostAfterMs: number;
}

/**
 * Scheduled canaries only: bursts follow a suspicion and would not be a fair sample. Nothing of one that is not accepted,
 * that is void, or that is in doubt (semantics D1). One that was sighted and has no verdict yet gets it in a moment.
 */
export function lossEntry(canary: Canary): LossEntry | undefined {
  const { kind, policy } = canary.launch;
  const key = kind === 'scheduled' ? orderKey(known(canary)) : undefined;
  const mark = key === undefined ? undefined : markOf(known(canary));
  if (key === undefined || mark === undefined) return undefined;
  return { key, mark, lostAfterMs: policy.lostAfterMs };
}

/** Without what came after it was forgotten: nothing more is said about it then. */
function known(canary: Canary): Canary {
  const seen = firstSighting(canary);
  const { forgottenAt } = canary;
  const isLate = seen !== undefined && forgottenAt !== null && seen.seenAt > forgottenAt;
  return isLate ? { ...canary, sightings: [] } : canary;
}

function markOf(canary: Canary): LossMark | undefined {
  const isHere = !isMissing(canary);
  switch (verdictOf(canary)) {
    case undefined:
      return isHere ? undefined : 'open';
    case 'void':
      return undefined;
    case 'on_time':
    case 'misfiled':
      return 'arrived';
    case 'overdue':
      if (isHere) return 'arrived';
      return canary.forgottenAt === null ? 'lost' : 'gone';
  }
}
