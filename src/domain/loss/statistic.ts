/** Loss ratios that are looked for, all at the same time (the mixture). */
export const SOUGHT = [0.005, 0.01, 0.02, 0.05, 0.2] as const;
/** The usual loss ratio, where nothing else is configured. */
export const USUAL_LOSS = 0.000_5;
/** The greatest that can be configured: only ratios of at least twice the usual one are looked for. */
export const MOST_USUAL_LOSS = 0.02;

const YEAR_MS = 365.25 * 86_400_000;
const TICKETS_A_YEAR = 365.25 / 30;

/** What evidence of loss is held against. */
export interface LossModel {
  /** Share of canaries that is lost while all is well. */
  readonly usual: number;
  /** By what one canary multiplies each component of the statistic. */
  readonly factors: readonly { readonly lost: number; readonly arrived: number }[];
  /** A component is never more. */
  readonly cap: number;
  /** The statistic is a page, or a ticket, from here on. */
  readonly page: number;
  readonly ticket: number;
}

/** What a model is made for. */
export interface LossPlan {
  readonly usual: number;
  /** Scheduled canaries a year, of all probes together. */
  readonly canariesAYear: number;
}

/**
 * The mixture Shiryaev-Roberts statistic. While canaries are lost at the usual ratio or less, the statistic less the
 * number of canaries is a supermartingale, so the mean number of canaries to a false alarm at A is at least A,
 * by construction (Pollak: Average Run Lengths of an Optimal Method of Detecting a Change in Distribution,
 * Annals of Statistics 15, 1987). A is the canaries of all probes in the time in which one false alarm is
 * accepted: a year for a page, 30 days for a ticket. So the budget is of the installation, not of a probe (semantics D2).
 */
export function lossModel({ usual, canariesAYear }: LossPlan): LossModel {
  const sought = SOUGHT.filter((ratio) => ratio >= 2 * usual);
  // Where next to nothing is sent, no number of arrivals alone may reach a threshold.
  const idle = sum(sought.map((ratio) => (1 - ratio) / (ratio - usual))) / sought.length;
  const page = Math.max(canariesAYear, 2 * idle);
  return {
    usual,
    factors: sought.map((ratio) => ({
      lost: ratio / usual,
      arrived: (1 - ratio) / (1 - usual),
    })),
    cap: 2 * page,
    page,
    ticket: Math.max(canariesAYear / TICKETS_A_YEAR, 2 * idle),
  };
}

/** Launches in a year at these intervals in milliseconds; of a cron expression its shortest, which is on the safe side. */
export function canariesAYear(intervalsMs: readonly number[]): number {
  return sum(intervalsMs.map((ms) => YEAR_MS / ms));
}

/**
 * The statistic's components. Not in logarithms: the cap keeps them within (0, 2 A], far from what a double cannot hold,
 * and a canary costs a multiplication each.
 */
export type LossState = Float64Array;

export function startLoss(model: LossModel): LossState {
  return new Float64Array(model.factors.length);
}

/** One canary was lost; changes the state. */
export function addLost(state: LossState, { factors, cap }: LossModel): void {
  for (const [index, { lost }] of factors.entries()) {
    state[index] = Math.min(cap, (1 + (state[index] ?? 0)) * lost);
  }
}

/** So many arrived, one after the other; changes the state. At once: c^n R + c + c^2 + ... + c^n. */
export function addArrived(state: LossState, count: number, { factors, cap }: LossModel): void {
  if (count === 0) return;
  for (const [index, { arrived }] of factors.entries()) {
    const power = arrived ** count;
    const idle = arrived / (1 - arrived);
    state[index] = Math.min(cap, power * (state[index] ?? 0) + idle * (1 - power));
  }
}

/** The statistic itself; compared with the thresholds of its model. */
export function statisticOf(state: LossState): number {
  return sum(state) / state.length;
}

function sum(values: Iterable<number>): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}
