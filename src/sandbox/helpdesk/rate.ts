import type { Clock, Instant } from '../../base/clock.ts';
import type { Dials } from '../dials.ts';

/** Where an account stands in the present minute. */
export interface Allowance {
  readonly allowed: boolean;
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * Requests of all clients of the account, a minute at a time, from the first
 * request on (developer.helpscout.com, "Rate limiting"). What is refused is not
 * counted.
 */
export function createRateLimit(dials: Dials, clock: Clock): (cost: number) => Allowance {
  let beganAt: Instant = -Infinity;
  let used = 0;
  return (cost) => {
    const now = clock.now();
    if (now >= beganAt + 60_000) {
      beganAt = now;
      used = 0;
    }
    const { limit } = dials.read().helpdesk;
    const allowed = used + cost <= limit;
    if (allowed) used += cost;
    const headers = {
      'X-RateLimit-Limit-Minute': String(limit),
      'X-RateLimit-Remaining-Minute': String(Math.max(0, limit - used)),
    };
    if (allowed) return { allowed, headers };
    const waitS = Math.max(1, Math.ceil((beganAt + 60_000 - now) / 1_000));
    return { allowed, headers: { ...headers, 'X-RateLimit-Retry-After': String(waitS) } };
  };
}
