import { firstSighting, latencyOf, type Canary, type Verdict } from '../domain/canary.ts';
import type { LedgerEvent } from '../domain/events.ts';
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
}

/** A mail system's Message-ID is the canary's token, in the domain of the sender. */
export function createReferee(truth: TruthLog): Referee {
  const mails = new Map<string, MailTruth>();
  truth.onChange((mail) => {
    if (mail.messageId !== null) mails.set(mail.messageId.slice(1).split('@')[0] ?? '', mail);
  });
  const mistakes: Mistake[] = [];
  let checked = 0;

  return {
    mistakes,
    checked: () => checked,
    hear({ launch, effects }, canary) {
      if (!counts(launch.kind)) return;
      for (const effect of effects) {
        if (effect.type !== 'settled' && effect.type !== 'lost') continue;
        const mail = mails.get(launch.token);
        const said = effect.type === 'lost' ? 'lost' : effect.verdict;
        const fault =
          effect.type === 'lost' ? faultOfLoss(mail) : faultOf(effect.verdict, canary, mail);
        checked += 1;
        if (fault === undefined) continue;
        mistakes.push({ canary: launch.id, probe: launch.route.probe, said, truth: fault });
      }
    },
  };
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
  const tookMs = first === undefined ? Infinity : first.at - mail.acceptedAt;
  const told = `took ${Math.round(tookMs)} ms, to ${first?.place ?? 'nowhere'}`;
  switch (verdict) {
    case 'misfiled':
      return first?.place === 'spam' ? undefined : told;
    case 'overdue':
      // An inbox only: spam is misfiled however late it comes.
      return tookMs > lateAfterMs ? undefined : told;
    case 'on_time':
      return tookMs <= lateAfterMs + widthOf(canary) && first?.place === 'inbox' ? undefined : told;
  }
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
