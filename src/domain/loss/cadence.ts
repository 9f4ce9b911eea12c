import { createSeededRandom } from '../../base/seeded-random.ts';
import { stragglersToPage } from '../culprit.ts';
import type { Policy } from '../probe.ts';
import { stragglerWindowMs } from '../series.ts';
import { runLengths } from './run-length.ts';
import { canariesAYear, lossModel } from './statistic.ts';

/** A probe at some cadence, among the others of a configuration. */
export interface CadencePlan {
  readonly everyMs: number;
  readonly policy: Pick<Policy, 'suspectAfterMs' | 'lateAfterMs'>;
  /** Canaries a year of all other probes: they share the budget of false alarms. */
  readonly othersAYear: number;
  readonly usual: number;
  /** So many missing ones page while others arrive, where one does not decide by itself. */
  readonly stragglersToPage: number;
  /** Shares of mail that may be lost. */
  readonly losses: readonly number[];
}

export interface CadenceOutcome {
  readonly everyMs: number;
  /** From the first mail that is lost to the page of the sequential test. */
  readonly detections: readonly {
    readonly loss: number;
    readonly meanMs: number;
    readonly p95Ms: number;
  }[];
  /** So many missing ones page by themselves at this cadence. */
  readonly stragglers: number;
  /** Their pages by chance, at the usual loss. */
  readonly chancePagesAYear: number;
  readonly canariesADay: number;
}

const RUNS = 2_000;
const SEED = 20_151_009;
const DAY_MS = 86_400_000;
const YEAR_MS = 365.25 * DAY_MS;

/** What a cadence sees, and what it costs. By simulation, the same for the same question; some milliseconds. */
export function planCadence(plan: CadencePlan): CadenceOutcome {
  const { everyMs, policy, usual, losses } = plan;
  const own = canariesAYear([everyMs]);
  const model = lossModel({ usual, canariesAYear: own + plan.othersAYear });
  const random = createSeededRandom(SEED);
  const detections = losses.map((loss) => {
    const found = runLengths({ model, threshold: model.page, ratio: loss, runs: RUNS, random });
    // The last of them is judged at its deadline.
    const msOf = (canaries: number): number => canaries * everyMs + policy.lateAfterMs;
    return { loss, meanMs: msOf(found.mean), p95Ms: msOf(found.p95) };
  });
  const { stragglers, pagesAYear } = chancePages(plan);
  return {
    everyMs,
    detections,
    stragglers,
    chancePagesAYear: pagesAYear,
    canariesADay: DAY_MS / everyMs,
  };
}

/** How many missing at nearly the same time page, and how often that comes at the usual loss. */
export function chancePages(
  plan: Pick<CadencePlan, 'everyMs' | 'policy' | 'usual' | 'stragglersToPage'>,
): { readonly stragglers: number; readonly pagesAYear: number } {
  const { everyMs, policy, usual } = plan;
  const oneDecides = stragglersToPage({ intervalMs: everyMs, policy }) === 1;
  const stragglers = oneDecides ? 1 : plan.stragglersToPage;
  const others = (usual * stragglerWindowMs(everyMs)) / everyMs;
  const pagesAYear = (YEAR_MS / everyMs) * usual * atLeast(stragglers - 1, others);
  return { stragglers, pagesAYear };
}

/** P(X >= count) where X is of the Poisson distribution with this mean. */
function atLeast(count: number, mean: number): number {
  let below = 0;
  let weight = Math.exp(-mean);
  for (let n = 0; n < count; n += 1) {
    below += weight;
    weight *= mean / (n + 1);
  }
  return 1 - below;
}
