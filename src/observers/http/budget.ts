import type { Clock, Instant } from '../../base/clock.ts';
import { MonitorError } from '../../base/errors.ts';

/** What a service says of its own limit with each reply. */
export interface RateNote {
  /** Requests left in its present minute. */
  readonly remaining?: number | undefined;
  /** Requests that it allows altogether. */
  readonly limit?: number | undefined;
  /** Not to be asked for this long, in milliseconds. */
  readonly retryAfterMs?: number | undefined;
}

/** How many requests may still be made; never waits. */
export interface Budget {
  /** Takes `cost` requests. @throws MonitorError `rate-limited`, with when it may be tried again. */
  spend(cost: number): void;
  /** Takes what the service said. */
  heard(note: RateNote): void;
  /** Requests left in the last minute: ours, or the service's where it has fewer. */
  remaining(): number;
  /** What the service last said that is left; undefined when it never did. */
  lastSaid(): number | undefined;
  /** What it last said that it allows; undefined when it never did. */
  lastLimit(): number | undefined;
}

const MINUTE_MS = 60_000;
/** Requests travel: those of more than a minute here may arrive there within one. */
const JITTER_MS = 500;
const WINDOW_MS = MINUTE_MS + JITTER_MS;

interface Spent {
  readonly at: Instant;
  readonly cost: number;
}

/**
 * At most `perMinute` requests in any 60 s (a bucket that refills would allow
 * twice that after a pause), and none while the service has none left for us.
 */
export function createBudget(options: {
  readonly clock: Clock;
  readonly perMinute: number;
  readonly what: string;
}): Budget {
  const { clock, perMinute, what } = options;
  /** Oldest first. */
  let spent: readonly Spent[] = [];
  let blockedUntil: Instant = -Infinity;
  /** What the service had left, less what was asked since. */
  let left: { readonly requests: number; readonly until: Instant } | undefined;
  let said: number | undefined;
  let saidLimit: number | undefined;

  function current(): readonly Spent[] {
    const since = clock.now() - WINDOW_MS;
    spent = spent.filter(({ at }) => at > since);
    if (left !== undefined && left.until <= clock.now()) left = undefined;
    return spent;
  }

  const own = (): number => perMinute - current().reduce((sum, { cost }) => sum + cost, 0);

  function refuse(until: Instant, words: string): never {
    throw new MonitorError(`${what}: ${words}`, {
      reason: 'rate-limited',
      retryable: true,
      retryAfterMs: Math.max(1, until - clock.now()),
    });
  }

  return {
    spend(cost) {
      if (blockedUntil > clock.now()) refuse(blockedUntil, 'it wants to be asked less often');
      if (own() < cost)
        refuse(
          (whenFree(spent, cost - own()) ?? clock.now()) + WINDOW_MS,
          `${perMinute} requests a minute are used up`,
        );
      if (left !== undefined && left.requests < cost) {
        refuse(left.until, 'its own rate limit is used up');
      }
      spent = [...spent, { at: clock.now(), cost }];
      if (left !== undefined) left = { ...left, requests: left.requests - cost };
    },
    heard({ remaining, retryAfterMs, limit }) {
      const now = clock.now();
      saidLimit = limit ?? saidLimit;
      if (retryAfterMs !== undefined) blockedUntil = Math.max(blockedUntil, now + retryAfterMs);
      if (remaining === undefined) return;
      said = remaining;
      // its minute ends at a time that we do not know, at most one from now
      left = { requests: remaining, until: now + MINUTE_MS };
    },
    remaining: () =>
      Math.max(0, blockedUntil > clock.now() ? 0 : Math.min(own(), left?.requests ?? Infinity)),
    lastSaid: () => said,
    lastLimit: () => saidLimit,
  };
}

/** When `missing` more requests fit again, since those before are a minute old. */
function whenFree(spent: readonly Spent[], missing: number): Instant | undefined {
  let freed = 0;
  return spent.find(({ cost }) => (freed += cost) >= missing)?.at;
}
