import { outcomeOf, type Canary, type Verdict } from '../domain/canary.ts';
import type { LedgerEvent } from '../domain/events.ts';
import type { MailTruth } from '../sandbox/truth.ts';

/** What became of the canaries of one probe. */
export interface DemoCounts {
  readonly launched: number;
  readonly onTime: number;
  /** Past the deadline, arrived or not. */
  readonly late: number;
  readonly misfiled: number;
  readonly unknown: number;
  /** Never arrived so far, of those past the deadline. */
  readonly missing: number;
  readonly recovered: number;
  readonly duplicated: number;
  readonly unsent: number;
}

export interface DemoBooks {
  note(event: LedgerEvent, canary: Canary): void;
  /** By probe, in the order of their first launch. */
  counts(): ReadonlyMap<string, DemoCounts>;
}

const NONE: DemoCounts = {
  launched: 0,
  onTime: 0,
  late: 0,
  misfiled: 0,
  unknown: 0,
  missing: 0,
  recovered: 0,
  duplicated: 0,
  unsent: 0,
};

const COLUMN_OF: Readonly<Record<Verdict, 'onTime' | 'late' | 'misfiled' | 'unknown'>> = {
  on_time: 'onTime',
  overdue: 'late',
  misfiled: 'misfiled',
  void: 'unknown',
};

/** Counts from the first event on, so that it needs no ledger to be asked at the end. */
export function createDemoBooks(): DemoBooks {
  const counts = new Map<string, DemoCounts>();
  return {
    counts: () => counts,
    note({ launch, effects }, canary) {
      const { probe } = launch.route;
      const known: Record<keyof DemoCounts, number> = { ...(counts.get(probe) ?? NONE) };
      for (const effect of effects) {
        switch (effect.type) {
          case 'launched':
            known.launched += 1;
            break;
          case 'unsent':
            known.unsent += 1;
            break;
          case 'settled':
            known[COLUMN_OF[effect.verdict]] += 1;
            if (effect.verdict === 'overdue' && isAway(canary)) known.missing += 1;
            break;
          case 'recovered':
            known.recovered += 1;
            if (effect.after !== 'misfiled') known.missing -= 1;
            break;
          case 'duplicated':
            known.duplicated += effect.count;
            break;
          case 'accepted':
          case 'in_doubt':
          case 'suspected':
          case 'arrived':
          case 'passed':
          case 'latency':
          case 'contradicted':
          case 'lost':
          case 'outcome':
            break;
        }
      }
      counts.set(probe, known);
    },
  };
}

function isAway(canary: Canary): boolean {
  return !['arrived', 'recovered'].includes(outcomeOf(canary));
}

/** What the sandbox really did with the mail to one destination. */
export interface DemoTruth {
  readonly accepted: number;
  /** Accepted and nowhere, for good unless it is queued again. */
  readonly lost: number;
  /** Ingested later than the deadline. */
  readonly late: number;
  readonly duplicated: number;
}

export function truthOf(mails: readonly MailTruth[], lateAfterMs: number): DemoTruth {
  const isLate = ({ copies, acceptedAt }: MailTruth): boolean =>
    (copies[0]?.at ?? acceptedAt) - acceptedAt > lateAfterMs;
  return {
    accepted: mails.length,
    lost: mails.filter(({ state }) => state === 'lost').length,
    late: mails.filter(isLate).length,
    duplicated: mails.filter(({ copies }) => copies.length > 1).length,
  };
}
