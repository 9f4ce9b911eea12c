import { backoffMs, type BackoffLimits } from '../base/backoff.ts';
import type { Clock, Instant } from '../base/clock.ts';
import { MonitorError } from '../base/errors.ts';
import type { Random } from '../base/random.ts';

const ATTEMPTS: BackoffLimits = { firstMs: 1_000, maxMs: 10_000 };
/** Servers lock accounts after a handful of wrong passwords; a person has to act anyway. */
const REFUSED_LOGINS: BackoffLimits = { firstMs: 2_000, maxMs: 60_000 };

/** Keeps us from connecting more often than a server likes. */
export interface Gate {
  /** @throws MonitorError with the last failure's reason while it is too early to connect again. */
  pass(): void;
  /** Milliseconds until {@link pass} lets through; 0 now. */
  waitMs(): number;
  failed(error: MonitorError): void;
  /** A connection proved good, or what stood in the way has changed. */
  reset(): void;
}

export function createGate(tools: { readonly clock: Clock; readonly random: Random }): Gate {
  const { clock, random } = tools;
  let failures = 0;
  let last: MonitorError | undefined;
  let opensAt: Instant = -Infinity;

  const waitMs = (): number => Math.max(0, opensAt - clock.now());
  return {
    waitMs,
    pass() {
      const rest = waitMs();
      if (last === undefined || rest <= 0) return;
      throw new MonitorError(last.message, {
        reason: last.reason,
        retryable: true,
        retryAfterMs: rest,
      });
    },
    failed(error) {
      if (error.reason === 'aborted') return;
      failures += 1;
      last = error;
      const limits = error.reason === 'auth' ? REFUSED_LOGINS : ATTEMPTS;
      const pause = Math.max(backoffMs(failures, limits, random), error.retryAfterMs ?? 0);
      opensAt = clock.now() + pause;
    },
    reset() {
      failures = 0;
      last = undefined;
      opensAt = -Infinity;
    },
  };
}
