/** Latencies remembered for a probe's usual one. */
const REMEMBERED = 31;

/** The usual latency of each probe, so that looks can be quick when a canary is most likely to arrive. */
export interface UsualLatency {
  /** Median of the latest arrivals, in milliseconds; undefined when there were none. */
  readonly of: (probe: string) => number | undefined;
  add(probe: string, ms: number): void;
}

export function createUsualLatency(): UsualLatency {
  const recent = new Map<string, readonly number[]>();
  return {
    of(probe) {
      const sorted = [...(recent.get(probe) ?? [])].sort((a, b) => a - b);
      return sorted[Math.floor(sorted.length / 2)];
    },
    add(probe, ms) {
      recent.set(probe, [...(recent.get(probe) ?? []), ms].slice(-REMEMBERED));
    },
  };
}
