/** Whose property a number is, with the labels of its series. Their values come from the configuration only. */
export const OWNER_LABELS = {
  monitor: [],
  probe: ['probe', 'role', 'sender', 'vantage'],
  observer: ['observer'],
  sender: ['sender'],
  /** An observer in front of the deciding one, of one probe. */
  stage: ['probe', 'role', 'sender', 'vantage', 'stage'],
} as const;
export type Owner = keyof typeof OWNER_LABELS;

/** A label with a closed list of values; every one is exported from the first scrape. */
export interface Split {
  readonly label: string;
  readonly values: readonly string[];
}

interface Common {
  readonly per: Owner;
  /**
   * Where the number comes from. `ledger`: a fold over durable events, which no restart lowers;
   * `status`: read at the scrape; `run`: counted since this process started.
   */
  readonly from: 'ledger' | 'status' | 'run';
  readonly help: string;
  /** `false`: exported only when it is switched on. */
  readonly byDefault?: false;
}

export interface CounterFamily extends Common {
  readonly type: 'counter';
  readonly split?: Split;
}

export interface GaugeFamily extends Common {
  readonly type: 'gauge';
  readonly split?: Split;
  /** Labels that are the same in every series of it. */
  readonly fixed?: Readonly<Record<string, string>>;
  /** Names of labels whose values describe the owner; the value of such a gauge is always 1. */
  readonly info?: readonly string[];
}

export interface HistogramFamily extends Common {
  readonly type: 'histogram';
  /** Upper bounds in seconds, without +Inf. */
  readonly buckets: readonly number[];
  /** Label of the exemplar: the latest canary of each bucket. */
  readonly exemplar?: string;
}

/** One metric, without its name: that is its key in the catalog. */
export type Family = CounterFamily | GaugeFamily | HistogramFamily;

export const PREFIX = 'mailcanary_';
const UNITS = ['seconds', 'bytes', 'ratio'] as const;

/** The unit is the last word of the name (OpenMetrics asks for that), so nobody has to repeat it. */
export function unitOf(name: string): string | undefined {
  return UNITS.find((unit) => name.endsWith(`_${unit}`));
}

/** The names of the samples of a family, with all that a rule or a dashboard may ask for. */
export function sampleNames(name: string, type: Family['type']): readonly string[] {
  switch (type) {
    case 'counter':
      return [`${PREFIX}${name}_total`];
    case 'gauge':
      return [`${PREFIX}${name}`];
    case 'histogram':
      return ['_bucket', '_count', '_sum'].map((suffix) => `${PREFIX}${name}${suffix}`);
  }
}

/** All label names of a family's samples, `le` included. */
export function labelNames(family: Family): readonly string[] {
  const own = OWNER_LABELS[family.per];
  if (family.type === 'histogram') return [...own, 'le'];
  const info = family.type === 'gauge' ? (family.info ?? []) : [];
  const fixed = family.type === 'gauge' ? Object.keys(family.fixed ?? {}) : [];
  const split = family.split === undefined ? [] : [family.split.label];
  return [...own, ...fixed, ...split, ...info];
}

/**
 * A bucket's bound as the value of `le`: `120` reads `120.0`, as OpenMetrics wants it and as
 * Prometheus 3 stores it whatever was exposed. Rules that say `le="120"` would match nothing there.
 */
export function bucketLabel(seconds: number): string {
  if (seconds === Infinity) return '+Inf';
  return Number.isInteger(seconds) ? `${seconds}.0` : String(seconds);
}
