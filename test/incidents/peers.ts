import type { Run } from '../../src/simulation/run.ts';

/** When a simpler monitor would have raised an alarm, in milliseconds from the start: the beginnings of its alarms. */
export type Alarms = readonly number[];

export type Judge = (runs: readonly Run[], patienceMs: number) => Alarms;

/**
 * The three ways in which other monitors judge, given our canaries, our eyes and a patience of `patienceMs`, which few
 * of them can express:
 *
 * - `newestAge`: nothing has arrived for so long (check_email_delivery's age of the newest, last-receive timestamps);
 * - `lastSuccess`: the last finished run had not arrived in time (a deliver-success gauge of the last run);
 * - `threeRuns`: three runs in a row had not (a check with a time-out, and three attempts before it counts).
 */
export const PEERS: Readonly<Record<'newestAge' | 'lastSuccess' | 'threeRuns', Judge>> = {
  newestAge(runs, patienceMs) {
    const arrivals = runs.flatMap(({ seenMs }) => (seenMs === null ? [] : [seenMs]));
    const sorted = [0, ...arrivals].sort((a, b) => a - b);
    const end = Math.max(0, ...runs.map(({ launchedMs }) => launchedMs));
    return sorted.flatMap((at, index) => {
      const next = sorted[index + 1] ?? end;
      return next - at > patienceMs ? [at + patienceMs] : [];
    });
  },
  lastSuccess: (runs, patienceMs) => streaks(runs, patienceMs, 1),
  threeRuns: (runs, patienceMs) => streaks(runs, patienceMs, 3),
};

/** The beginnings of streaks of `length` failed runs; a run is over when it arrives, or after its patience. */
function streaks(runs: readonly Run[], patienceMs: number, length: number): Alarms {
  const alarms: number[] = [];
  let failed = 0;
  for (const { launchedMs, acceptedMs, seenMs } of runs) {
    const since = acceptedMs ?? launchedMs;
    const isIn = acceptedMs !== null && seenMs !== null && seenMs - since <= patienceMs;
    failed = isIn ? 0 : failed + 1;
    if (failed === length) alarms.push(acceptedMs === null ? since : since + patienceMs);
  }
  return alarms;
}
