import { betaQuantile } from './beta.ts';

/** Between which shares of one the true share may lie. */
export interface Bounds {
  readonly lower: number;
  readonly upper: number;
}

/** So many of so many. */
export interface Share {
  readonly count: number;
  readonly of: number;
}

const CONFIDENCE = 0.95;
/** Of the standard normal distribution: 2.5 % lie above it. */
const NORMAL_95 = 1.959_963_984_540_054;

/**
 * Jeffreys interval: on the average it covers as often as it says, also where the count is small, so it is the one
 * that is shown. From 0 at none, to 1 at all (Brown, Cai, DasGupta: Interval Estimation for a Binomial
 * Proportion, Statistical Science 16, 2001, section 4.1.2; semantics D3). Of nothing: 0 to 1.
 */
export function jeffreys({ count, of }: Share, confidence: number = CONFIDENCE): Bounds {
  if (of === 0) return { lower: 0, upper: 1 };
  const tail = (1 - confidence) / 2;
  const [a, b] = [count + 0.5, of - count + 0.5];
  return {
    lower: count === 0 ? 0 : betaQuantile(tail, a, b),
    upper: count === of ? 1 : betaQuantile(1 - tail, a, b),
  };
}

/** Clopper-Pearson interval: covers at least as often as it says, whatever the true share is; wider. */
export function clopperPearson({ count, of }: Share, confidence: number = CONFIDENCE): Bounds {
  const tail = (1 - confidence) / 2;
  return {
    lower: count === 0 ? 0 : betaQuantile(tail, count, of - count + 1),
    upper: count === of ? 1 : betaQuantile(1 - tail, count + 1, of - count),
  };
}

/** Wilson's interval of 95 %, in closed form; another confidence by its quantile of the normal distribution. */
export function wilson({ count, of }: Share, quantile: number = NORMAL_95): Bounds {
  if (of === 0) return { lower: 0, upper: 1 };
  const square = quantile * quantile;
  const centre = (count + square / 2) / (of + square);
  const half = (quantile * Math.sqrt((count * (of - count)) / of + square / 4)) / (of + square);
  return { lower: Math.max(0, centre - half), upper: Math.min(1, centre + half) };
}
