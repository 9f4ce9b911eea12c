import { isLoopback } from '../../base/server-url.ts';

/**
 * The shortest pause between looks at an API, in milliseconds: what its limit leaves for looks
 * of so many requests, and a second at least on any host but our own.
 */
export function shortestPauseMs(
  config: { readonly url: URL; readonly requestsPerMinute: number },
  requestsPerLook: number,
): number {
  const floorMs = isLoopback(config.url.hostname.replace(/^\[|\]$/g, '')) ? 10 : 1_000;
  return Math.max(floorMs, (requestsPerLook * 60_000) / config.requestsPerMinute);
}
