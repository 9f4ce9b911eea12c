import { firstSighting, latencyOf, type Canary, type Verdict } from '../domain/canary.ts';
import type { Effect, LedgerEvent } from '../domain/events.ts';
import { counts } from '../domain/probe.ts';
import type { MailTruth, TruthLog } from '../sandbox/truth.ts';

/** A word of the monitor that is not so. */
export interface Mistake {
  readonly canary: string;
  readonly probe: string;
  readonly said: string;
  readonly truth: string;
}

/** Holds what the monitor says of each canary against what the mail system did with it. */
export interface Referee {
  hear(event: LedgerEvent, canary: Canary): void;
  readonly mistakes: readonly Mistake[];
  /** Verdicts and losses that were held against the truth. */
  checked(): number;
  lateness(probe: string): Lateness;
}

/** Of the canaries of one probe. */
export interface Lateness {
  /** Were overdue and then came, or were late when they were first seen. */
  readonly late: number;
  /** Were late by less than their latency is exact, and pass for on time. */
  readonly near: number;
}

const NONE: Lateness = { late: 0, near: 0 };

/** A mail system's Message-ID is the canary's token, in the domain of the sender. */
export function createReferee(truth: TruthLog): Referee {
  const mails = new Map<string, MailTruth>();
  truth.onChange((mail) => {
    if (mail.messageId !== null) mails.set(mail.messageId.slice(1).split('@')[0] ?? '', mail);
  });
  const mistakes: Mistake[] = [];
  const lateness = new Map<string, Lateness>();
  let checked = 0;

  return {
    mistakes,
    checked: () => checked,
    lateness: (probe) => lateness.get(probe) ?? NONE,
    hear({ launch, effects }, canary) {
      if (!counts(launch.kind)) return;
      const { probe } = launch.route;
      const mail = mails.get(launch.token);
      for (const effect of effects) {
        const { late, near } = lateness.get(probe) ?? NONE;
        if (isLateArrival(effect, canary)) lateness.set(probe, { late: late + 1, near });
        if (isNearlyOnTime(effect, canary, mail)) lateness.set(probe, { late, near: near + 1 });
        const fault = faultOfEffect(effect, canary, mail);
        if (effect.type === 'settled' || effect.type === 'lost') checked += 1;
        if (fault === undefined) continue;
        const said = effect.type === 'settled' ? effect.verdict : effect.type;
        mistakes.push({ canary: launch.id, probe, said, truth: fault });
      }
    },
  };
}

/** Seen at last after it had been overdue, or first seen when it was. */
function isLateArrival(effect: Effect, canary: Canary): boolean {
  if (effect.type === 'recovered') return effect.after !== 'misfiled';
  if (effect.type !== 'settled' || effect.verdict !== 'overdue') return false;
  return firstSighting(canary) !== undefined;
}

function isNearlyOnTime(effect: Effect, canary: Canary, mail: MailTruth | undefined): boolean {
  if (effect.type !== 'settled' || effect.verdict !== 'on_time') return false;
  return tookMs(mail) > canary.launch.policy.lateAfterMs;
}

/** Undefined where the effect is right, or none that anybody is told of. */
function faultOfEffect(
  effect: Effect,
  canary: Canary,
  mail: MailTruth | undefined,
): string | undefined {
  if (effect.type === 'settled') return faultOf(effect.verdict, canary, mail);
  if (effect.type === 'lost') return faultOfLoss(mail);
  if (effect.type === 'recovered' && effect.after !== 'misfiled') {
    return faultOf('overdue', canary, mail);
  }
  const isOnce = effect.type === 'duplicated' && (mail?.copies.length ?? 0) < 2;
  return isOnce ? 'came once' : undefined;
}

/** Undefined where the verdict is right. */
function faultOf(
  verdict: Verdict,
  canary: Canary,
  mail: MailTruth | undefined,
): string | undefined {
  const first = mail?.copies[0];
  if (verdict === 'void') return undefined; // says that it does not know
  if (mail === undefined) return 'was never accepted';
  const { lateAfterMs } = canary.launch.policy;
  const ms = tookMs(mail);
  const told = `took ${Math.round(ms)} ms, to ${first?.place ?? 'nowhere'}`;
  switch (verdict) {
    case 'misfiled':
      return first?.place === 'spam' ? undefined : told;
    case 'overdue':
      // An inbox only: spam is misfiled however late it comes.
      return ms > lateAfterMs ? undefined : told;
    case 'on_time':
      return ms <= lateAfterMs + widthOf(canary) && first?.place === 'inbox' ? undefined : told;
  }
}

/** From the acceptance to the first ingestion; for ever, where there was none. */
function tookMs(mail: MailTruth | undefined): number {
  const first = mail?.copies[0];
  return mail === undefined || first === undefined ? Infinity : first.at - mail.acceptedAt;
}

/** By so much a latency may be beyond a deadline that its interval contains (semantics A5c). */
function widthOf(canary: Canary): number {
  const latency = firstSighting(canary) === undefined ? undefined : latencyOf(canary);
  return latency === undefined ? 0 : latency.high - latency.low;
}

function faultOfLoss(mail: MailTruth | undefined): string | undefined {
  if (mail === undefined) return 'was never accepted';
  return mail.copies.length === 0 ? undefined : 'had arrived';
}
