import type { Instant } from '../../base/clock.ts';

/** `2026-11-24T02:00:41Z`: whole seconds, cut off; 1970 for what is earlier. */
export function isoSeconds(at: Instant): string {
  return new Date(Math.max(0, at)).toISOString().replace(/\.\d{3}Z$/, 'Z');
}
