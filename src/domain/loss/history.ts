/** Of the history; so many arrivals later a loss weighs less than a rounding error (0.9955^20,000). */
const LONGEST_MEMORY = 20_000;
const FEWEST_RUNS = 64;

/** One more loss after so many arrivals; what is too old to weigh anything is dropped. */
export function withLoss(history: readonly number[], arrived: number): readonly number[] {
  const last = history.at(-1);
  const runs =
    arrived === 0 && last !== undefined
      ? [...history.slice(0, -1), last + 1]
      : [...history, arrived, 1];
  let later = 0;
  for (let index = runs.length - 2; index >= 0; index -= 2) {
    later += runs[index] ?? 0;
    const isLong = runs.length - index > 2 * FEWEST_RUNS;
    if (isLong && later > LONGEST_MEMORY) return runs.slice(index);
  }
  return runs;
}
