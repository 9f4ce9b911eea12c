import type { Instant } from '../base/clock.ts';
import { MonitorError } from '../base/errors.ts';
import { isMisfiled, PLACES } from '../domain/sighting.ts';
import { verifyToken, type TokenKeys } from '../domain/token.ts';
import type { Ledger, LitterCopy, LitterQuery } from '../ledger/ledger.ts';
import type { Capabilities, Observer, TidyManner, TidyResult } from '../observers/observer.ts';

/** What becomes of the copies of one observer. */
export interface TidyPolicy {
  readonly manner: TidyManner;
  /** From the look that saw a copy. */
  readonly afterMs: number;
}

export interface TidyCopyTools {
  readonly keys: TokenKeys;
  readonly ledger: Ledger;
  readonly observer: Observer;
  readonly policy: TidyPolicy;
}

/**
 * What is to be cleaned away at an observer now. Nobody has what is in spam or trash before their eyes, so closing
 * leaves that where it is: moved out of there, it would look like a recovery (semantics A6).
 */
export function litterQuery(observer: string, policy: TidyPolicy, now: Instant): LitterQuery {
  const places = policy.manner === 'close' ? PLACES.filter((place) => !isMisfiled(place)) : PLACES;
  return { observer, seenUntil: now - policy.afterMs, places };
}

/**
 * Cleans one copy away and remembers that. One that is gone, or that is not ours after all, is remembered too.
 * The ledger hears of it afterwards: after a crash in between, the copy is gone the next time.
 *
 * @throws MonitorError
 */
export async function tidyCopy(
  copy: LitterCopy,
  tools: TidyCopyTools,
  signal: AbortSignal,
): Promise<TidyResult> {
  const { keys, ledger, observer, policy } = tools;
  if (observer.tidy === undefined) throw cannotTidy(observer);
  const token = verifyToken(copy.token, keys);
  const { externalId, place } = copy;
  // Signed with a key that is no longer configured: nobody could tell whose mail it is.
  const result =
    token === undefined
      ? 'not_ours'
      : await observer.tidy({ token, externalId, place }, { manner: policy.manner, signal });
  await ledger.markTidied([copy]);
  return result;
}

/** At most: looks share the system's patience with us. */
const PACE_MS = 1_000;
/** Where requests are counted, a copy costs about what a look does: so tidying has a quarter of them. */
const SHARE_OF_LIMIT = 4;

/** From one copy to the next, in milliseconds. */
export function tidyPaceMs({ metered, minPauseMs }: Capabilities): number {
  return metered === undefined ? Math.min(PACE_MS, minPauseMs) : SHARE_OF_LIMIT * minPauseMs;
}

export function copyKey({
  canaryId,
  externalId,
}: Pick<LitterCopy, 'canaryId' | 'externalId'>): string {
  return JSON.stringify([canaryId, externalId]);
}

/** For a configuration that wants what this observer cannot do. */
export function cannotTidy(observer: Pick<Observer, 'name' | 'type'>): MonitorError {
  return new MonitorError(
    `the observer ${observer.name} (${observer.type}) cannot clean up: write tidy: keep`,
    { reason: 'config', retryable: false },
  );
}
