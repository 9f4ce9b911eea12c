import type { Instant } from '../base/clock.ts';
import { unreachable } from '../base/errors.ts';
import {
  acceptedByNow,
  firstSighting,
  isAccepted,
  latencyOf,
  type Canary,
  type Fact,
  type Outcome,
  type Verdict,
} from './canary.ts';
import { afterSteps } from './clock-steps.ts';
import { halfWidth } from './latency.ts';
import type { Policy } from './probe.ts';
import { isMisfiled } from './sighting.ts';

/** What a judge may look at besides the canary itself. */
export interface Outlook {
  /**
   * The deciding observer's horizon; undefined when it never completed a look,
   * or while our own clock cannot be trusted.
   */
  readonly horizon: Instant | undefined;
  readonly now: Instant;
  /** Whether the probe was paused at an instant. */
  readonly wasPaused?: (at: Instant) => boolean;
}

/** Wider than this, a latency on both sides of the deadline cannot be judged (semantics A5c, A5d). */
export const STRADDLE_HALF_WIDTH_MS = 30_000;

/**
 * The facts that follow from what is known: proposed, not yet true. The ledger
 * inserts each if absent. Order: semantics A5.
 */
export function judge(canary: Canary, outlook: Outlook): readonly Fact[] {
  const facts: Fact[] = [];
  const { now } = outlook;
  if (isSuspect(canary, outlook) && canary.suspectedAt === null) {
    facts.push({ type: 'suspected', at: now });
  }
  const verdict = canary.settlement === null ? verdictOn(canary, outlook) : undefined;
  if (verdict !== undefined) {
    const horizon = firstSighting(canary) === undefined ? (outlook.horizon ?? null) : null;
    facts.push({ type: 'settled', settlement: { verdict, at: now, horizon } });
  }
  if (isWrittenOff(canary, outlook) && canary.writtenOffAt === null) {
    facts.push({ type: 'written_off', at: now });
  }
  if (isForgotten(canary, outlook) && canary.forgottenAt === null) {
    facts.push({ type: 'forgotten', at: now });
  }
  return facts;
}

/**
 * The facts that end a canary whose probe was removed: nobody may be looking for
 * it any more, so it becomes void and blind at once (semantics A10). One whose
 * dialogue is still open waits for the answer.
 */
export function abandon(canary: Canary, now: Instant): readonly Fact[] {
  const facts: Fact[] = [];
  if (!isAnswered(canary)) return facts;
  if (isAccepted(canary) && canary.settlement === null) {
    const verdict = verdictOfArrival(canary) ?? 'void';
    facts.push({ type: 'settled', settlement: { verdict, at: now, horizon: null } });
  }
  if (firstSighting(canary) === undefined && canary.forgottenAt === null) {
    facts.push({ type: 'forgotten', at: now });
  }
  return facts;
}

/**
 * The verdict of an arrival by its evidence alone; undefined while the dialogue
 * is still open, since the acceptance instant may yet become known.
 */
export function verdictOfArrival(canary: Canary): Verdict | undefined {
  const seen = firstSighting(canary);
  const latency = latencyOf(canary);
  if (seen === undefined || latency === undefined || !isAnswered(canary)) return undefined;
  const { lateAfterMs } = canary.launch.policy;
  if (latency.low > lateAfterMs) return 'overdue';
  if (isMisfiled(seen.place)) return 'misfiled';
  if (latency.high <= lateAfterMs) return 'on_time';
  return halfWidth(latency) <= STRADDLE_HALF_WIDTH_MS ? 'on_time' : 'void';
}

/**
 * Whether what is known now would give another verdict than the one settled
 * (semantics A4). `void` claims nothing that could be contradicted; nor does an
 * arrival right on the deadline, which the horizon may settle a moment earlier.
 */
export function isContradicted(canary: Canary): boolean {
  const settled = canary.settlement?.verdict;
  const evident = verdictOfArrival(canary);
  if (settled === undefined || evident === undefined || settled === 'void') return false;
  // So wide by a step of our clock that it says neither.
  if (evident === 'void' && canary.clockSteps.length > 0) return false;
  const low = latencyOf(canary)?.low ?? 0;
  const isBorder = settled === 'overdue' && low >= canary.launch.policy.lateAfterMs;
  return evident !== settled && !isBorder;
}

/**
 * The instants (of horizon or clock) at which {@link judge} could have something
 * to say; none: only news can bring that. One in the past is due at once, or
 * waits for a horizon.
 */
export function deadlinesOf(canary: Canary): readonly Instant[] {
  const since = waitingSince(canary);
  if (since === undefined) return [];
  const { policy } = canary.launch;
  const seen = firstSighting(canary);
  if (seen !== undefined) {
    if (canary.settlement !== null) return [];
    return [isAnswered(canary) ? seen.seenAt : since + policy.forgetAfterMs];
  }
  const isExpected = canary.forgottenAt === null;
  const isTaken = canary.acceptance !== null;
  const steps: readonly [boolean, keyof Policy][] = [
    [isExpected && isTaken && canary.suspectedAt === null, 'suspectAfterMs'],
    [isTaken && canary.settlement === null, 'lateAfterMs'],
    [isExpected && !isUnsent(canary) && canary.writtenOffAt === null, 'lostAfterMs'],
    [isExpected, 'forgetAfterMs'],
  ];
  return steps.filter(([isOpen]) => isOpen).map(([, step]) => since + policy[step]);
}

/** The earliest of {@link deadlinesOf} that comes after an instant. */
export function nextDeadline(canary: Canary, after: Instant = -Infinity): Instant | undefined {
  const deadlines = deadlinesOf(canary).filter((deadline) => deadline > after);
  return deadlines.length === 0 ? undefined : Math.min(...deadlines);
}

/** What a person reads, and `--format json` prints (design.md section 7). */
export type Reading = 'on_time' | 'late' | 'misfiled' | 'lost' | 'unsent' | 'in_doubt' | 'blind';

/** The outcome in a person's words: arrivals by their verdict; one that could not be judged reads `blind`. */
export function readingOf(outcome: Outcome, verdict: Verdict | undefined): Reading | undefined {
  switch (outcome) {
    case 'in_flight':
      return undefined;
    case 'recovered':
      return 'late';
    case 'arrived':
      return verdict === undefined ? undefined : readingOfArrival(verdict);
    case 'lost':
    case 'unsent':
    case 'in_doubt':
    case 'blind':
      return outcome;
  }
}

function readingOfArrival(verdict: Verdict): Reading {
  switch (verdict) {
    case 'on_time':
    case 'misfiled':
      return verdict;
    case 'overdue':
      return 'late';
    case 'void':
      return 'blind';
    default:
      return unreachable(verdict);
  }
}

function verdictOn(canary: Canary, outlook: Outlook): Verdict | undefined {
  if (!isAccepted(canary)) return undefined;
  if (firstSighting(canary) !== undefined) {
    return (
      verdictOfArrival(canary) ??
      (isPast(canary, 'forgetAfterMs', outlook.now) ? 'void' : undefined)
    );
  }
  if (isPast(canary, 'lateAfterMs', outlook.horizon)) {
    // A pause voids only canaries whose deadline it covers (semantics A12).
    const deadline = (waitingSince(canary) ?? outlook.now) + canary.launch.policy.lateAfterMs;
    return outlook.wasPaused?.(deadline) === true ? 'void' : 'overdue';
  }
  return isPast(canary, 'forgetAfterMs', outlook.now) ? 'void' : undefined;
}

function isSuspect(canary: Canary, outlook: Outlook): boolean {
  return (
    canary.acceptance !== null &&
    canary.forgottenAt === null &&
    firstSighting(canary) === undefined &&
    isPast(canary, 'suspectAfterMs', outlook.horizon)
  );
}

function isWrittenOff(canary: Canary, outlook: Outlook): boolean {
  if (firstSighting(canary) !== undefined || canary.forgottenAt !== null) return false;
  // The absence of one in doubt proves nothing, so no horizon is asked: time alone ends the wait.
  const clock = canary.acceptance === null ? outlook.now : outlook.horizon;
  return !isUnsent(canary) && isPast(canary, 'lostAfterMs', clock);
}

function isForgotten(canary: Canary, outlook: Outlook): boolean {
  return firstSighting(canary) === undefined && isPast(canary, 'forgetAfterMs', outlook.now);
}

/** Whether a deadline, counted from the latest possible acceptance, is behind `clock`. */
function isPast(canary: Canary, deadline: keyof Policy, clock: Instant | undefined): boolean {
  const since = waitingSince(canary);
  if (since === undefined || clock === undefined) return false;
  return clock >= since + canary.launch.policy[deadline];
}

/** The start of all deadlines: acceptance, else when the dialogue was lost; undefined for one unanswered. */
function waitingSince(canary: Canary): Instant | undefined {
  const accepted = acceptedByNow(canary)?.high;
  if (accepted !== undefined || canary.doubt === null) return accepted;
  return afterSteps(canary.doubt.at.high, canary.clockSteps);
}

function isUnsent(canary: Canary): boolean {
  return canary.acceptance === null && canary.refusal !== null;
}

function isAnswered(canary: Canary): boolean {
  return canary.acceptance !== null || canary.refusal !== null || canary.doubt !== null;
}
