import { uniform, type Random } from '../../base/random.ts';
import { addArrived, addLost, startLoss, statisticOf, type LossModel } from './statistic.ts';

/** Canaries until an alarm, over many runs. */
export interface RunLengths {
  readonly mean: number;
  readonly p95: number;
  /** Of the mean: its standard deviation. */
  readonly error: number;
}

export interface LossRuns {
  readonly model: LossModel;
  readonly threshold: number;
  /** Share of canaries that is lost. */
  readonly ratio: number;
  readonly runs: number;
  readonly random: Random;
}

/**
 * How many canaries it takes until the statistic reaches a threshold, from its start, when this share of them is lost
 * independently of each other. Goes from loss to loss, since arrivals alone reach no threshold.
 */
export function runLengths({ model, threshold, ratio, runs, random }: LossRuns): RunLengths {
  const lengths: number[] = [];
  for (let run = 0; run < runs; run += 1) lengths.push(oneRun({ model, threshold, ratio, random }));
  lengths.sort((a, b) => a - b);
  const mean = lengths.reduce((sum, length) => sum + length, 0) / runs;
  const variance = lengths.reduce((sum, length) => sum + (length - mean) ** 2, 0) / runs;
  const p95 = lengths[Math.ceil(runs * 0.95) - 1] ?? Number.NaN;
  return { mean, p95, error: Math.sqrt(variance / runs) };
}

function oneRun({ model, threshold, ratio, random }: Omit<LossRuns, 'runs'>): number {
  const state = startLoss(model);
  for (let length = 0; ;) {
    const arrived = arrivalsBeforeLoss(ratio, random);
    addArrived(state, arrived, model);
    addLost(state, model);
    length += arrived + 1;
    if (statisticOf(state) >= threshold) return length;
  }
}

/** Of the geometric distribution. */
function arrivalsBeforeLoss(ratio: number, random: Random): number {
  return ratio >= 1 ? 0 : Math.floor(Math.log(1 - uniform(random)) / Math.log1p(-ratio));
}

/** How much one canary tells, on the average, for this ratio and against the usual one (Kullback-Leibler), in nats. */
export function divergence(ratio: number, usual: number): number {
  const arrived = ratio < 1 ? (1 - ratio) * Math.log((1 - ratio) / (1 - usual)) : 0;
  return ratio * Math.log(ratio / usual) + arrived;
}

/**
 * The leading term of the canaries that the best of all tests needs on the average, if it gives a false alarm once in
 * `threshold` canaries at the usual ratio and knew the ratio beforehand (Lorden: Procedures for Reacting to a Change in
 * Distribution, Annals of Mathematical Statistics 42, 1971). A yardstick and no bound: the terms after it are negative,
 * so at thresholds of practice a good test needs somewhat less.
 */
export function leadingTerm(threshold: number, ratio: number, usual: number): number {
  return Math.log(threshold) / divergence(ratio, usual);
}
