import type { Instant } from '../../base/clock.ts';
import type { Share } from './intervals.ts';
import { startLoss, statisticOf, type LossModel } from './statistic.ts';
import type { LossTrail } from './trail.ts';

/** How a series stands, as far as loss goes. */
export interface LossFigures {
  /** Of the statistic, as a power of ten; 0 until it is more than 1. */
  readonly evidenceLog10: number;
  /** Whether that is a ticket (suspected) or a page (confirmed), for the budget of false alarms. */
  readonly level: 'usual' | 'suspected' | 'confirmed';
  /** Overdue and still missing, of all judged, in the last 24 hours. */
  readonly lastDay: Share;
}

export function lossFigures(
  trail: LossTrail | undefined,
  model: LossModel,
  now: Instant,
): LossFigures {
  const statistic = statisticOf(trail?.fold(model, now) ?? startLoss(model));
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
