import type { Launch } from '../domain/canary.ts';
import type { Effect, LedgerEvent } from '../domain/events.ts';
import { isPrecise, midpoint, type Interval } from '../domain/latency.ts';
import { counts, type Role } from '../domain/probe.ts';

/** What the ledger counts. All rise, but for `canaries`: a gauge by outcome. */
export type TotalName =
  | 'launched'
  | 'accepted'
  | 'unsent'
  | 'in_doubt'
  | 'suspected'
  | 'arrived'
  | 'settled'
  | 'contradicted'
  | 'lost'
  | 'recovered'
  | 'duplicated'
  | 'canaries'
  /** Latencies observed; the sum of all buckets. */
  | 'latency_count'
  /** Microseconds: sums of integers are the same in any order. */
  | 'latency_sum'
  /** Labelled by the upper bound in seconds, or `+Inf`; each latency is in one bucket only. */
  | 'latency_bucket'
  | 'latency_unknown'
  /** Seen by an observer in front of the deciding one, and when: as those of the latency, each observer's own. */
  | 'stage_arrived'
  | 'stage_latency_count'
  | 'stage_latency_sum'
  | 'stage_latency_bucket'
  | 'stage_latency_unknown';

/** One number of one series. */
export interface Total {
  readonly probe: string;
  readonly role: Role;
  readonly sender: string;
  readonly vantage: string;
  readonly path: string;
  /** Empty but for `contradicted`, which belongs to the deciding observer, and for those of stages. */
  readonly observer: string;
  readonly name: TotalName;
  /** Reason, place, verdict, outcome or bucket; empty where the name has none. */
  readonly label: string;
  readonly value: number;
}

/** Upper bounds of `latency_bucket`, in seconds: dense where mail is fast, wide after. */
export const LATENCY_BUCKETS: readonly number[] = [
  1, 2.5, 5, 10, 15, 20, 30, 45, 60, 90, 120, 180, 300, 450, 600, 900, 1_800, 3_600, 7_200, 21_600,
  86_400, 259_200,
];

/** Upper bounds of `stage_latency_bucket`, in seconds. */
export const STAGE_BUCKETS: readonly number[] = [1, 5, 15, 60, 300, 600, 1_800, 86_400];

type Change = readonly [name: TotalName, label: string, by: number, observer?: string];

/** What these events add to the totals, one entry a series and name; nothing for manual canaries. */
export function totalsOf(events: readonly LedgerEvent[]): readonly Total[] {
  const totals = new TotalsSum();
  for (const { launch, effects } of events) {
    if (!counts(launch.kind)) continue;
    totals.add(effects.flatMap(changesOf).map((change) => totalOf(launch, change)));
  }
  return totals.all();
}

/** Totals added up, one entry a series and name. */
export class TotalsSum {
  readonly #totals = new Map<string, Total>();

  add(totals: readonly Total[]): void {
    for (const total of totals) {
      const value = total.value + this.valueOf(total);
      this.#totals.set(keyOf(total), { ...total, value });
    }
  }

  /** 0 where nothing was added. */
  valueOf(total: Total): number {
    return this.#totals.get(keyOf(total))?.value ?? 0;
  }

  /** Those that are not 0. */
  all(): readonly Total[] {
    return [...this.#totals.values()].filter((total) => total.value !== 0);
  }
}

function keyOf(total: Total): string {
  const { probe, role, sender, vantage, path, observer, name, label } = total;
  return JSON.stringify([probe, role, sender, vantage, path, observer, name, label]);
}

function totalOf(launch: Launch, [name, label, value, stage]: Change): Total {
  const { probe, role, sender, vantage, path, observer } = launch.route;
  const owner = name === 'contradicted' ? observer : (stage ?? '');
  return { probe, role, sender, vantage, path, observer: owner, name, label, value };
}

function changesOf(effect: Effect): readonly Change[] {
  switch (effect.type) {
    case 'launched':
    case 'accepted':
    case 'in_doubt':
    case 'suspected':
    case 'contradicted':
    case 'lost':
      return [[effect.type, '', 1]];
    case 'unsent':
      return [['unsent', effect.reason, 1]];
    case 'arrived':
      return [['arrived', effect.place, 1]];
    case 'settled':
      return [['settled', effect.verdict, 1]];
    case 'recovered':
      return [['recovered', effect.after, 1]];
    case 'duplicated':
      return [['duplicated', '', effect.count]];
    case 'outcome':
      return effect.from === null
        ? [['canaries', effect.to, 1]]
        : [
            ['canaries', effect.from, -1],
            ['canaries', effect.to, 1],
          ];
    case 'latency':
      return latencyChanges(effect.latency, 'latency', LATENCY_BUCKETS);
    case 'passed': {
      const { observer, latency } = effect;
      const changes = latencyChanges(latency, 'stage_latency', STAGE_BUCKETS);
      const all: readonly Change[] = [['stage_arrived', '', 1], ...changes];
      return all.map(([name, label, by]): Change => [name, label, by, observer]);
    }
  }
}

function latencyChanges(
  latency: Interval,
  name: 'latency' | 'stage_latency',
  bounds: readonly number[],
): readonly Change[] {
  if (!isPrecise(latency)) return [[`${name}_unknown`, '', 1]];
  const micros = Math.round(midpoint(latency) * 1_000);
  const bound = bounds.find((seconds) => micros <= seconds * 1_000_000);
  return [
    [`${name}_count`, '', 1],
    [`${name}_sum`, '', micros],
    [`${name}_bucket`, bound === undefined ? '+Inf' : String(bound), 1],
  ];
}
