import type { TidyRule } from './tidy-config.ts';

/** What is known of an observer's requests before any is made. */
export interface RateKnowledge {
  /** The other side's own limit, in a few words with its source; or that none is documented. */
  readonly documented: string;
  /** Null where nobody counts requests. */
  readonly counted: CountedRequests | null;
}

export interface CountedRequests {
  /** Ours: `requests_per_minute`. */
  readonly perMinute: number;
  readonly lookEveryMs: number;
  /** The limit that its replies tell is one a minute; of an unknown window otherwise. */
  readonly isLimitPerMinute: boolean;
  readonly cost: RequestCost;
}

/** In requests as the other side counts them. */
export interface RequestCost {
  /** A complete look with nothing new. */
  readonly look: number;
  /** What one canary costs besides, until it is seen. */
  readonly canary: number;
  /** Closing or deleting one copy. */
  readonly tidying: number;
}

/** Of an observer over HTTP. */
export function countedRate(
  keys: { readonly requests_per_minute: number; readonly look_every: number },
  known: Pick<RateKnowledge, 'documented'> &
    Pick<CountedRequests, 'cost'> &
    Partial<Pick<CountedRequests, 'isLimitPerMinute'>>,
): RateKnowledge {
  const { requests_per_minute: perMinute, look_every: lookEveryMs } = keys;
  const { documented, cost, isLimitPerMinute = false } = known;
  return { documented, counted: { perMinute, lookEveryMs, isLimitPerMinute, cost } };
}

/**
 * About so many requests a minute for so many canaries a minute; null where none are counted. Complete looks as often as
 * nothing is due, a quick one for each canary beyond the first, and what each canary takes by itself.
 */
export function requestsAMinute(
  { rate, tidy }: { readonly rate: RateKnowledge; readonly tidy: Pick<TidyRule, 'manner'> },
  canaries: number,
): number | null {
  if (rate.counted === null) return null;
  const { cost, lookEveryMs } = rate.counted;
  const tidying = tidy.manner === 'keep' ? 0 : cost.tidying;
  const looks = (cost.look * 60_000) / lookEveryMs;
  return looks + canaries * (cost.canary + tidying) + Math.max(0, canaries - 1);
}
