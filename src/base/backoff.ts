import { uniform, type Random } from './random.ts';

export interface BackoffLimits {
  readonly firstMs: number;
  readonly maxMs: number;
}

/**
 * The wait before attempt number `failures` + 1: doubles from `firstMs` up to
 * `maxMs`, each with up to a quarter taken off by chance so that many clients
 * of one server do not come back together.
 */
export function backoffMs(failures: number, limits: BackoffLimits, random: Random): number {
  const full = Math.min(
    limits.maxMs,
    limits.firstMs * 2 ** Math.min(30, Math.max(0, failures - 1)),
  );
  return full * (1 - uniform(random) / 4);
}
