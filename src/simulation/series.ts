import type { Instant } from '../base/clock.ts';

/** Values of series by their names with labels, one a scrape; null where there is none. */
export interface Recording {
  /** Adds one scrape: the text of an exposition, or undefined where nobody answered. */
  add(exposition: string | undefined): void;
  readonly series: ReadonlyMap<string, readonly (number | null)[]>;
  /** Scrapes so far. */
  readonly length: number;
}

const INSTANT = /_timestamp_seconds$|^process_start_time_seconds$/;
const TARGET = 'job="mailcanary",instance="simulation"';

/**
 * Keeps the samples of metrics in `wanted`, as Prometheus would store them under the job mailcanary. The clock of
 * promtool begins at 1970, so instants count from `startedAt`, in epoch milliseconds.
 */
export function createRecording(wanted: ReadonlySet<string>, startedAt: Instant): Recording {
  const series = new Map<string, (number | null)[]>();
  let length = 0;

  function put(name: string, value: number): void {
    let values = series.get(name);
    if (values === undefined) series.set(name, (values = []));
    while (values.length < length) values.push(null);
    values.push(value);
  }

  return {
    series,
    get length() {
      return length;
    },
    add(exposition) {
      put(`up{${TARGET}}`, exposition === undefined ? 0 : 1);
      for (const line of exposition?.split('\n') ?? []) {
        const sample = /^([a-z_:0-9]+)(?:\{([^}]*)\})? (\S+)/.exec(line);
        const [, name = '', labels = '', value = ''] = sample ?? [];
        if (!wanted.has(name)) continue;
        const own = labels === '' ? '' : `,${labels}`;
        const shiftS = INSTANT.test(name) ? startedAt / 1_000 : 0;
        put(`${name}{${TARGET}${own}}`, Number(value) - shiftS);
      }
      length += 1;
    },
  };
}

/** In the notation of promtool: runs of one value, gaps, and a mark where a series ends. */
export function notationOf(values: readonly (number | null)[], length: number): string {
  const all = [...values, ...Array.from({ length: length - values.length }, () => null)];
  const parts: string[] = [];
  for (let index = 0; index < all.length;) {
    const value = all[index] ?? null;
    let end = index + 1;
    while (end < all.length && Object.is(all[end] ?? null, value)) end += 1;
    const count = end - index;
    if (value !== null) parts.push(`${value}+0x${count - 1}`);
    else if (index === 0) parts.push(`_x${count}`);
    else parts.push('stale', ...(count > 1 ? [`_x${count - 1}`] : []));
    index = end;
  }
  return parts.join(' ');
}
