import type { ControlRule } from './control-config.ts';
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

/** Of the limit; lists may take so much, the rest is for all else (feed/ration.ts). */
export const SHARE_OF_LISTS = 2 / 3;

/** In requests as the other side counts them. */
export interface RequestCost {
  /** A complete look with nothing new. */
  readonly look: number;
  /** What one canary costs besides, until it is seen. */
  readonly canary: number;
  /** Closing or deleting one copy. */
  readonly tidying: number;
}

/** What a positive control asks besides looks: for something by itself, and for the list in which that has to be. */
const CONTROL_REQUESTS = 3;

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

interface Metered {
  readonly rate: RateKnowledge;
  readonly tidy: Pick<TidyRule, 'manner'>;
  readonly control?: Pick<ControlRule, 'everyMs'> | undefined;
}

/**
 * About so many requests a minute for so many canaries a minute; null where none are counted. Complete looks as often as
 * nothing is due, a quick one for each canary beyond the first, what each canary takes by itself, and positive controls.
 */
export function requestsAMinute({ rate, tidy, control }: Metered, canaries: number): number | null {
  if (rate.counted === null) return null;
  const { cost } = rate.counted;
  const tidying = tidy.manner === 'keep' ? 0 : cost.tidying;
  const controls = control === undefined ? 0 : (CONTROL_REQUESTS * 60_000) / control.everyMs;
  return onLists(rate.counted, canaries) + canaries * (cost.canary + tidying) + controls;
}

/** Whether so many canaries a minute ask for more looks than lists have requests, so that looks are spread (feed/ration.ts). */
export function isRationed({ rate }: { readonly rate: RateKnowledge }, canaries: number): boolean {
  if (rate.counted === null) return false;
  return onLists(rate.counted, canaries) > SHARE_OF_LISTS * rate.counted.perMinute;
}

function onLists({ cost, lookEveryMs }: CountedRequests, canaries: number): number {
  return (cost.look * 60_000) / lookEveryMs + Math.max(0, canaries - 1);
}
