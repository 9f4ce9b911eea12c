import type { Instant } from '../../base/clock.ts';
import type { Share } from './intervals.ts';
import { startLoss, statisticOf, type LossModel } from './statistic.ts';
import type { LossTrail } from './trail.ts';

/** How a series stands, as far as loss goes. */
export interface LossFigures {
  /** Of the statistic, as a power of ten; 0 until it is more than 1. */
  readonly evidenceLog10: number;
  /** Overdue and still missing, of all judged, in the last 24 hours. */
  readonly lastDay: Share;
}

export function lossFigures(
  trail: LossTrail | undefined,
  model: LossModel,
  now: Instant,
): LossFigures {
  const state = trail?.fold(model, now) ?? startLoss(model);
  return {
    evidenceLog10: Math.log10(Math.max(1, statisticOf(state))),
    lastDay: trail?.lastDay(now) ?? { count: 0, of: 0 },
  };
}
