const UNITS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/**
 * Parses `90s`, `1.5h`, `1h30m`, `250ms` into milliseconds.
 *
 * Units are ms, s, m, h, d, largest first; a bare number has no unit and is
 * refused. Answers `undefined` for anything else, and beyond ten years.
 */
export function parseDuration(text: string): number | undefined {
  if (!/^(?:\d+(?:\.\d+)?(?:ms|[smhd]))+$/.test(text)) return undefined;
  let total = 0;
  let smallest = Infinity;
  for (const [, amount = '', unit = ''] of text.matchAll(/(\d+(?:\.\d+)?)(ms|[smhd])/g)) {
    const size = UNITS[unit] ?? Number.NaN;
    if (size >= smallest) return undefined;
    smallest = size;
    total += Number(amount) * size;
  }
  return total <= 3_650 * 86_400_000 ? Math.round(total) : undefined;
}

/** Writes milliseconds as a configuration would, for {@link parseDuration} to read: `90s` is `1m30s`. */
export function writeDuration(ms: number): string {
  let rest = Math.round(ms);
  let text = '';
  for (const [unit, size] of Object.entries(UNITS).reverse()) {
    if (rest >= size) text += `${Math.floor(rest / size)}${unit}`;
    rest %= size;
  }
  return text === '' ? '0s' : text;
}

/** Writes milliseconds as a person would say them: `12 ms`, `3.42 s`, `10 min`, `1 h 30 min`, `2 d 4 h`. */
export function formatDuration(ms: number): string {
  if (!Number.isFinite(ms)) return '-';
  if (ms < 0) return `-${formatDuration(-ms)}`;
  if (ms < 999.5) return `${ms < 10 ? trim(ms.toFixed(1)) : Math.round(ms)} ms`;
  if (ms < 59_950) return `${trim((ms / 1_000).toFixed(ms < 10_000 ? 2 : 1))} s`;
  const seconds = Math.round(ms / 1_000);
  if (seconds < 3_600) return pair([Math.floor(seconds / 60), 'min'], [seconds % 60, 's']);
  const minutes = Math.round(seconds / 60);
  if (minutes < 1_440) return pair([Math.floor(minutes / 60), 'h'], [minutes % 60, 'min']);
  const hours = Math.round(minutes / 60);
  return pair([Math.floor(hours / 24), 'd'], [hours % 24, 'h']);
}

function trim(digits: string): string {
  return digits.includes('.') ? digits.replace(/\.?0+$/, '') : digits;
}

function pair(big: readonly [number, string], small: readonly [number, string]): string {
  const head = `${big[0]} ${big[1]}`;
  return small[0] === 0 ? head : `${head} ${small[0]} ${small[1]}`;
}
