import type { Instant } from '../base/clock.ts';
import type { Reason } from '../base/errors.ts';
import {
  duplicatesOf,
  firstSighting,
  isAccepted,
  latencyOf,
  outcomeOf,
  type Canary,
  type Fact,
  type Launch,
  type Outcome,
  type Verdict,
} from './canary.ts';
import type { Interval } from './latency.ts';
import { isMisfiled, type Place } from './sighting.ts';
import { stageLatency } from './stage.ts';
import { isContradicted } from './verdict.ts';

/** What a fact changed, as far as anybody counts it. */
export type Effect =
  | { readonly type: 'launched' }
  | { readonly type: 'accepted' }
  | { readonly type: 'unsent'; readonly reason: Reason }
  | { readonly type: 'in_doubt' }
  | { readonly type: 'suspected' }
  | { readonly type: 'arrived'; readonly place: Place }
  /** The latency as it was known when both verdict and arrival were there; counted once. */
  | { readonly type: 'latency'; readonly latency: Interval }
  /** Seen by an observer in front, as far after the acceptance as is known when both are; counted once. */
  | { readonly type: 'passed'; readonly observer: string; readonly latency: Interval }
  | { readonly type: 'settled'; readonly verdict: Verdict }
  | { readonly type: 'contradicted' }
  | { readonly type: 'lost' }
  | { readonly type: 'recovered'; readonly after: 'overdue' | 'misfiled' | 'lost' }
  | { readonly type: 'duplicated'; readonly count: number }
  | { readonly type: 'outcome'; readonly from: Outcome | null; readonly to: Outcome };

/** One entry of the ledger's log. */
export interface LedgerEvent {
  /** Rises by one an event, without gaps that a reader could mistake for lost events. */
  readonly position: number;
  readonly at: Instant;
  readonly launch: Launch;
  readonly fact: Fact | { readonly type: 'launched' };
  readonly effects: readonly Effect[];
}

/** The effects of a launch itself. */
export const LAUNCH_EFFECTS: readonly Effect[] = [
  { type: 'launched' },
  { type: 'outcome', from: null, to: 'in_flight' },
];

/** What counts have to rise when a record goes from `before` to `after`. */
export function effectsOf(before: Canary, after: Canary): readonly Effect[] {
  const effects: Effect[] = [];
  if (!isAccepted(before) && isAccepted(after)) effects.push({ type: 'accepted' });
  if (before.refusal === null && after.refusal !== null) {
    effects.push({ type: 'unsent', reason: after.refusal.reason });
  }
  if (before.doubt === null && after.doubt !== null) effects.push({ type: 'in_doubt' });
  if (before.suspectedAt === null && after.suspectedAt !== null)
    effects.push({ type: 'suspected' });
  effects.push(...passageEffects(before, after));
  effects.push(...arrivalEffects(before, after), ...verdictEffects(before, after));
  if (outcomeOf(before) !== 'lost' && outcomeOf(after) === 'lost') effects.push({ type: 'lost' });
  const copies = duplicatesOf(after) - duplicatesOf(before);
  if (copies > 0) effects.push({ type: 'duplicated', count: copies });
  const [from, to] = [outcomeOf(before), outcomeOf(after)];
  if (from !== to) effects.push({ type: 'outcome', from, to });
  return effects;
}

/** The verdict that counts: only accepted canaries have one (semantics A1). */
export function verdictOf(canary: Canary): Verdict | undefined {
  return isAccepted(canary) ? canary.settlement?.verdict : undefined;
}

function arrivalEffects(before: Canary, after: Canary): readonly Effect[] {
  const effects: Effect[] = [];
  const seen = firstSighting(after);
  if (firstSighting(before) === undefined && seen !== undefined) {
    effects.push({ type: 'arrived', place: seen.place });
  }
  if (before.ingestion === null && after.ingestion !== null) {
    const recovery = recoveryOf(before);
    if (recovery !== undefined) effects.push({ type: 'recovered', after: recovery });
  }
  return effects;
}

function passageEffects(before: Canary, after: Canary): readonly Effect[] {
  const measured = new Set(
    before.passages
      .filter((passage) => stageLatency(before, passage) !== undefined)
      .map(({ observer }) => observer),
  );
  return after.passages.flatMap((passage): readonly Effect[] => {
    const latency = stageLatency(after, passage);
    const isNew = latency !== undefined && !measured.has(passage.observer);
    return isNew ? [{ type: 'passed', observer: passage.observer, latency }] : [];
  });
}

function verdictEffects(before: Canary, after: Canary): readonly Effect[] {
  const effects: Effect[] = [];
  const verdict = verdictOf(after);
  if (verdictOf(before) === undefined && verdict !== undefined) {
    effects.push({ type: 'settled', verdict });
  }
  if (!isMeasured(before) && isMeasured(after)) {
    const latency = latencyOf(after);
    if (latency !== undefined) effects.push({ type: 'latency', latency });
  }
  if (!isContradicted(before) && isContradicted(after)) effects.push({ type: 'contradicted' });
  return effects;
}

function isMeasured(canary: Canary): boolean {
  return canary.settlement !== null && firstSighting(canary) !== undefined;
}

/** What an arrival in a good place makes good (semantics A6). */
function recoveryOf(before: Canary): 'overdue' | 'misfiled' | 'lost' | undefined {
  if (outcomeOf(before) === 'lost') return 'lost';
  const seen = firstSighting(before);
  if (seen !== undefined) return isMisfiled(seen.place) ? 'misfiled' : undefined;
  return before.settlement?.verdict === 'overdue' ? 'overdue' : undefined;
}
