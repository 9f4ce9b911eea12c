import type { Instant } from '../../base/clock.ts';
import type { Policy } from '../probe.ts';
import type { Share } from './intervals.ts';
import type { LossModel } from './statistic.ts';
import type { LossTrail } from './trail.ts';

/** How a series stands, as far as loss goes. */
export interface LossFigures {
  /** Of the statistic, the greatest of the last minutes, as a power of ten; 0 until it is more than 1. */
  readonly evidenceLog10: number;
  /** Whether that is a ticket (suspected) or a page (confirmed), for the budget of false alarms. */
  readonly level: 'usual' | 'suspected' | 'confirmed';
  /** Overdue and still missing, of all judged, in the last 24 hours. */
  readonly lastDay: Share;
}

/** After its deadline what a loss reached is shown for as long again, and long enough for slow looks and scrapes. */
const SHORTEST_HOLD_MS = 300_000;

export interface FiguresView {
  readonly now: Instant;
  readonly policy: Pick<Policy, 'lateAfterMs'>;
}

export function lossFigures(
  trail: LossTrail | undefined,
  model: LossModel,
  { now, policy: { lateAfterMs } }: FiguresView,
): LossFigures {
  const heldMs = lateAfterMs + Math.max(lateAfterMs, SHORTEST_HOLD_MS);
  const statistic = trail?.statistic(model, { now, heldMs }) ?? 0;
  return {
    evidenceLog10: Math.log10(Math.max(1, statistic)),
    level: levelOf(statistic, model),
    lastDay: trail?.lastDay(now) ?? { count: 0, of: 0 },
  };
}

/** Strictly more, as the alerts compare. */
function levelOf(statistic: number, { page, ticket }: LossModel): LossFigures['level'] {
  if (statistic > page) return 'confirmed';
  return statistic > ticket ? 'suspected' : 'usual';
}
