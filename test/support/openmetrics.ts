import { parseSample, unescape, type Sample } from './openmetrics-line.ts';

export type { Sample } from './openmetrics-line.ts';

export interface ParsedFamily {
  readonly name: string;
  readonly type: string;
  readonly unit: string;
  readonly help: string;
  readonly samples: readonly Sample[];
}

export type ParsedMetrics = ReadonlyMap<string, ParsedFamily>;

const SUFFIXES: Readonly<Record<string, readonly string[]>> = {
  counter: ['_total', '_created'],
  gauge: [''],
  histogram: ['_bucket', '_count', '_sum', '_created'],
  gaugehistogram: ['_bucket', '_gcount', '_gsum'],
  summary: ['', '_count', '_sum', '_created'],
  info: ['_info'],
  stateset: [''],
  unknown: [''],
};

/**
 * A reader of OpenMetrics 1.0 text that shares nothing with what renders it,
 * and rejects what the specification rejects. Covers what a monitor exports:
 * no state sets, no gauge histograms beyond their names.
 *
 * @throws Error with the line that is wrong.
 */
export function parseOpenMetrics(text: string): ParsedMetrics {
  const families = new Map<string, ParsedFamily>();
  const series = new Set<string>();
  let current: Draft | undefined;

  const open = (name: string): Draft => {
    if (current?.name === name && current.samples.length === 0) return current;
    if (current?.name === name) throw new Error(`descriptor of ${name} after its samples`);
    close();
    if (families.has(name)) throw new Error(`family ${name} is interleaved or repeated`);
    current = { name, type: undefined, unit: undefined, help: undefined, samples: [] };
    return current;
  };
  const close = (): void => {
    if (current !== undefined) families.set(current.name, finish(current));
    current = undefined;
  };

  for (const line of linesOf(text)) {
    if (line.startsWith('#')) {
      describe(line, open);
      continue;
    }
    const sample = parseSample(line);
    if (current === undefined || !belongs(sample.name, current)) {
      close();
      throw new Error(`sample of no open family: ${line}`);
    }
    const key = keyOf(sample.name, sample.labels);
    if (series.has(key)) throw new Error(`series twice: ${line}`);
    series.add(key);
    current.samples.push(sample);
  }
  close();
  checkClashes(families);
  return families;
}

/** All samples of one name. */
export function samplesOf(metrics: ParsedMetrics, name: string): readonly Sample[] {
  return [...metrics.values()].flatMap((family) =>
    family.samples.filter((sample) => sample.name === name),
  );
}

/** The value of one series; undefined where there is none. */
export function valueOf(
  metrics: ParsedMetrics,
  name: string,
  labels: Readonly<Record<string, string>> = {},
): number | undefined {
  const found = samplesOf(metrics, name).filter((sample) =>
    Object.entries(labels).every(([label, value]) => sample.labels.get(label) === value),
  );
  if (found.length > 1) throw new Error(`${name} ${JSON.stringify(labels)} is ambiguous`);
  return found[0]?.value;
}

interface Draft {
  readonly name: string;
  type: string | undefined;
  unit: string | undefined;
  help: string | undefined;
  readonly samples: Sample[];
}

function linesOf(text: string): readonly string[] {
  if (text.includes('\r')) throw new Error('carriage return');
  const lines = text.split('\n');
  if (lines.pop() !== '' || lines.pop() !== '# EOF') throw new Error('no # EOF at the end');
  for (const line of lines) {
    if (line === '') throw new Error('empty line');
    if (line === '# EOF') throw new Error('text after # EOF');
  }
  return lines;
}

function describe(line: string, open: (name: string) => Draft): void {
  const [, kind, name = '', rest = ''] =
    /^# (TYPE|UNIT|HELP) ([a-zA-Z_:][a-zA-Z0-9_:]*)(?: (.*))?$/.exec(line) ?? [];
  const draft = open(name);
  const set = (key: 'type' | 'unit' | 'help', value: string): void => {
    if (draft[key] !== undefined) throw new Error(`${key} twice: ${line}`);
    draft[key] = value;
  };
  switch (kind) {
    case 'TYPE':
      if (!Object.hasOwn(SUFFIXES, rest)) throw new Error(`unknown type: ${line}`);
      set('type', rest);
      break;
    case 'UNIT':
      if (rest !== '' && !name.endsWith(`_${rest}`)) throw new Error(`unit is no suffix: ${line}`);
      set('unit', rest);
      break;
    case 'HELP':
      if (/(?<!\\)(?:\\\\)*"/.test(rest)) throw new Error(`quote not escaped: ${line}`);
      set('help', unescape(rest));
      break;
    case undefined:
    default:
      throw new Error(`not a descriptor: ${line}`);
  }
}

function belongs(sample: string, family: Draft): boolean {
  const suffixes = SUFFIXES[family.type ?? 'unknown'] ?? [];
  return suffixes.some((suffix) => sample === `${family.name}${suffix}`);
}

function finish(draft: Draft): ParsedFamily {
  const { name, type = 'unknown', unit = '', help = '', samples } = draft;
  for (const sample of samples) checkSample(sample, type);
  if (type === 'histogram') checkHistogram(name, samples);
  return { name, type, unit, help, samples };
}

function checkSample({ name, labels, value, exemplar }: Sample, type: string): void {
  const isRising = type === 'counter' || type === 'histogram';
  const isCount = type === 'histogram' && !name.endsWith('_sum');
  if (isRising && !(value >= 0)) throw new Error(`${name} is ${value}`);
  if (isCount && !Number.isInteger(value)) throw new Error(`${name} is not whole: ${value}`);
  const mayExemplify = name.endsWith('_bucket') || name.endsWith('_total');
  if (exemplar !== undefined && !(isRising && mayExemplify)) {
    throw new Error(`${name} may have no exemplar`);
  }
  if (labels.has('le') !== (type === 'histogram' && name.endsWith('_bucket'))) {
    throw new Error(`${name}: le belongs to buckets`);
  }
}

/** Each metric's samples together, its buckets rising to +Inf, which is the count. */
function checkHistogram(name: string, samples: readonly Sample[]): void {
  const done = new Set<string>();
  let open: string | undefined;
  const byMetric = new Map<string, Sample[]>();
  for (const sample of samples) {
    const key = keyOf('', new Map([...sample.labels].filter(([label]) => label !== 'le')));
    if (key !== open && done.has(key)) throw new Error(`${name}: metrics interleaved`);
    open = key;
    done.add(key);
    byMetric.set(key, [...(byMetric.get(key) ?? []), sample]);
  }
  for (const metric of byMetric.values()) checkBuckets(name, metric);
}

function checkBuckets(name: string, samples: readonly Sample[]): void {
  const of = (suffix: string): readonly Sample[] =>
    samples.filter((sample) => sample.name === `${name}${suffix}`);
  let [below, bound] = [0, -Infinity];
  for (const { labels, value, exemplar } of of('_bucket')) {
    const le = labels.get('le') ?? '';
    const next = le === '+Inf' ? Infinity : Number(le);
    if (le !== '+Inf' && !/[.e]/.test(le)) throw new Error(`${name}: le ${le} is not canonical`);
    if (!(next > bound)) throw new Error(`${name}: buckets out of order at ${le}`);
    if (value < below) throw new Error(`${name}: bucket ${le} is not cumulative`);
    if (exemplar !== undefined && !(exemplar.value <= next && exemplar.value > bound)) {
      throw new Error(`${name}: exemplar ${exemplar.value} is not in bucket ${le}`);
    }
    [below, bound] = [value, next];
  }
  if (bound !== Infinity) throw new Error(`${name}: no bucket +Inf`);
  if (of('_count').length !== of('_sum').length) throw new Error(`${name}: count without sum`);
  const count = of('_count')[0];
  if (count !== undefined && count.value !== below) throw new Error(`${name}: count is not +Inf`);
}

/** No sample name may belong to two families, nor be another family's name. */
function checkClashes(families: ParsedMetrics): void {
  const owners = new Map<string, string>();
  for (const { name, type } of families.values()) {
    for (const suffix of new Set([...(SUFFIXES[type] ?? []), ''])) {
      const owner = owners.get(`${name}${suffix}`);
      if (owner !== undefined) throw new Error(`${name} clashes with ${owner}`);
      owners.set(`${name}${suffix}`, name);
    }
  }
}

function keyOf(name: string, labels: ReadonlyMap<string, string>): string {
  return JSON.stringify([name, ...[...labels].sort(([a], [b]) => (a < b ? -1 : 1))]);
}
