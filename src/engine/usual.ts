/** Latencies remembered for a probe's usual one. */
const REMEMBERED = 31;

/** Before anything is known of a probe. */
const FIRST_DUE_MS = 5_000;
const SHORTEST_DUE_MS = 1_000;
/** A look takes this long itself. */
const SLACK_MS = 1_500;
/** About one look in six comes too early then, which costs less than all others coming later. */
const SOONER = 0.95;
const LATER = 1.2;

/** The usual latency of each probe, so that looks can be quick when a canary is most likely to arrive. */
export interface UsualLatency {
  /** Median of the latest arrivals, in milliseconds; undefined when there were none. */
  readonly of: (probe: string) => number | undefined;
  /** The greatest of them, of all probes; 0 when there is none. */
  readonly longest: () => number;
  add(probe: string, ms: number): void;
  /** How old its canaries are when it is worth while to look for them first, in milliseconds. */
  readonly dueAfter: (probe: string) => number;
  /** A canary was first seen by a look that ended when it was so old. */
  seenAt(probe: string, ageMs: number): void;
}

export function createUsualLatency(): UsualLatency {
  const recent = new Map<string, readonly number[]>();
  const dues = new Map<string, number>();
  const medians = new Map<string, number>();
  let longest = 0;
  const dueAfter = (probe: string): number => dues.get(probe) ?? FIRST_DUE_MS;
  return {
    of: (probe) => medians.get(probe),
    longest: () => longest,
    add(probe, ms) {
      const latest = [...(recent.get(probe) ?? []), ms].slice(-REMEMBERED);
      recent.set(probe, latest);
      const before = medians.get(probe) ?? 0;
      const median = medianOf(latest);
      medians.set(probe, median);
      if (median > longest) longest = median;
      else if (before === longest) longest = Math.max(...medians.values());
    },
    dueAfter,
    // Only what a look showed is known, so the age is found by trying: sooner after each success, later after a miss.
    seenAt(probe, ageMs) {
      const due = dueAfter(probe);
      const isHit = ageMs <= due + SLACK_MS;
      const next = isHit ? due * SOONER : Math.min(ageMs, due * LATER + SHORTEST_DUE_MS);
      dues.set(probe, Math.max(SHORTEST_DUE_MS, next));
    },
  };
}

/** Of at least one. */
function medianOf(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}
