import { CANARY_METRICS } from './catalog/canaries.ts';
import { MONITOR_METRICS } from './catalog/monitor.ts';
import { STAGE_METRICS } from './catalog/stages.ts';
import type { Family } from './family.ts';

/**
 * Every metric, spelled once. The key is its name without the prefix `mailcanary_` and without the
 * suffix `_total` of counters. Runtime, rules and dashboards read this and nothing else.
 */
export const CATALOG = { ...CANARY_METRICS, ...STAGE_METRICS, ...MONITOR_METRICS } as const;

export type FamilyName = keyof typeof CATALOG;

type NamesOf<Wanted> = {
  [Name in FamilyName]: (typeof CATALOG)[Name] extends Wanted ? Name : never;
}[FamilyName];

/** The gauges of one owner that are read at the scrape. */
export type StatusGauge<Of extends Family['per']> = NamesOf<{
  readonly type: 'gauge';
  readonly from: 'status';
  readonly per: Of;
}>;

/** Those that are off by default. */
export type OptionalFamily = NamesOf<{ readonly byDefault: false }>;

export function isFamilyName(name: string): name is FamilyName {
  return Object.hasOwn(CATALOG, name);
}

export const FAMILY_NAMES: readonly FamilyName[] = Object.keys(CATALOG).filter(isFamilyName);

/** Which families are exported: the configuration's `metrics` option, over the catalog's defaults. */
export type Switches = Readonly<Partial<Record<FamilyName, boolean>>>;

export function shownFamilies(switches: Switches = {}): readonly FamilyName[] {
  return FAMILY_NAMES.filter((name) => {
    const family: Family = CATALOG[name];
    return switches[name] ?? family.byDefault ?? true;
  });
}
