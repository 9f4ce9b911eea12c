/** The figure below which `share` of the sorted values lie (nearest rank). */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const index = Math.min(sorted.length - 1, Math.max(0, Math.ceil(share * sorted.length) - 1));
  return sorted[index] ?? Number.NaN;
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** `median 7.1, p99 21.3, max 30.0 (n = 200)`, in the unit of the values. */
export function describeSample(values: readonly number[], digits = 1): string {
  if (values.length === 0) return 'no values';
  const [middle, p99, max] = [median(values), quantile(values, 0.99), Math.max(...values)];
  return `median ${middle.toFixed(digits)}, p99 ${p99.toFixed(digits)}, max ${max.toFixed(digits)} (n = ${values.length})`;
}
