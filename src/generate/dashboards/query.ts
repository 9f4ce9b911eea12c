import { CATALOG, type FamilyName } from '../../metrics/catalog.ts';
import type { Family } from '../../metrics/family.ts';
import { braces, buckets, sample, type Matchers } from '../promql.ts';
import { RECORDS, SERIES } from '../rules/rule.ts';
import type { Unit } from './unit.ts';

/** One question of a panel to Prometheus. */
export interface Query {
  readonly expr: string;
  /** Name of the series, with labels as `{{probe}}`; of a table, the heading of its column. */
  readonly legend: string;
  /** Only the present value. */
  readonly now?: true;
  /** Shortest step; `$__rate_interval` is at least four of them. Default: that of the scrapes. */
  readonly step?: typeof EVENT_STEP;
  readonly exemplars?: true;
  /** Of a column, where it is not that of the panel. */
  readonly unit?: Unit;
}

/** Rare events are counted over at least four minutes, so that one canary a minute is a line and no comb. */
export const EVENT_STEP = 'events';
const EVENT_STEP_MS = 60_000;
const EVENT_SCRAPES = 12;

/** Shortest steps of queries, in milliseconds. */
export function stepsOf(scrapeMs: number): { readonly usual: number; readonly events: number } {
  const events = Math.max(scrapeMs, Math.min(EVENT_STEP_MS, EVENT_SCRAPES * scrapeMs));
  return { usual: scrapeMs, events };
}

/** What the variables of dashboards choose. */
export const PROBES = { job: '$job', probe: ['$probe'], role: ['$role'] } as const;
export const ONE_PROBE = { job: '$job', probe: '$probe' } as const;
export const INSTANCES = { job: '$job', instance: ['$instance'] } as const;
export const JOB = { job: '$job' } as const;

/** A recorded series: what the alerts read, replicas already joined. */
export function recorded(name: keyof typeof RECORDS, matchers: Matchers): string {
  return RECORDS[name] + braces(matchers);
}

/** Series that are ours and not in the catalog: of Prometheus, of Alertmanager, of the process. */
export function foreign(name: string, matchers: Matchers = {}): string {
  return name + braces(matchers);
}

/** Events a minute of a counter of probes: of replicas, who all count the same canary, the one that counted most. */
export function aMinute(name: FamilyName, matchers: Matchers, by: string): string {
  return `sum by (${by}) (max by (${seriesOf(name)}) (60 * rate(${sample(name, matchers)}[$__rate_interval])))`;
}

/** How many in the time that the dashboard shows. */
export function inRange(name: FamilyName, matchers: Matchers, by: string): string {
  return inTime(name, { matchers, by, time: '$__range' });
}

export function inTime(
  name: FamilyName,
  { matchers, by, time }: { matchers: Matchers; by: string; time: string },
): string {
  return `sum by (${by}) (max by (${seriesOf(name)}) (increase(${sample(name, matchers)}[${time}])))`;
}

/** What each instance does by itself, a minute. */
export function doneAMinute(name: FamilyName, matchers: Matchers, by: string): string {
  return `sum by (${by}) (60 * rate(${sample(name, matchers)}[$__rate_interval]))`;
}

/** A quantile of a histogram over `time`. */
export function quantile(
  name: FamilyName,
  of: { readonly q: number; readonly matchers: Matchers; readonly by: string; time: string },
): string {
  const { q, matchers, by, time } = of;
  return `histogram_quantile(${q}, sum by (${by}, le) (increase(${buckets(name, matchers)}[${time}])))`;
}

function seriesOf(name: FamilyName): string {
  const family: Family = CATALOG[name];
  const split = family.type === 'counter' ? family.split?.label : undefined;
  const own = ownSeries(family.per);
  return split === undefined ? own : `${own}, ${split}`;
}

function ownSeries(per: Family['per']): string {
  if (per === 'probe') return SERIES;
  return per === 'stage' ? `${SERIES}, stage` : `job, ${per}`;
}
