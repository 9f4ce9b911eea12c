import type { Clock } from '../base/clock.ts';
import type { Canary } from '../domain/canary.ts';
import { lossFigures } from '../domain/loss/figures.ts';
import { canariesAYear, lossModel, type LossModel } from '../domain/loss/statistic.ts';
import { isOneSeries } from '../domain/series.ts';
import { chainOf } from '../domain/stage.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { Observer } from '../observers/observer.ts';
import type { ProbeStatus } from './control.ts';
import { horizonOfObserver } from './look-book.ts';
import { lookIntervalMs, LONGEST_PAUSE_MS } from './pace.ts';
import { statusOf, type Entry } from './roster.ts';

export interface OverviewTools {
  readonly clock: Clock;
  readonly ledger: Pick<Ledger, 'open' | 'observerState' | 'lossTrail'>;
  readonly observers: ReadonlyMap<string, Pick<Observer, 'name' | 'capabilities'>>;
  /** Share of canaries that is lost while all is well. */
  readonly usualLoss: number;
}

/** What follows from all configured probes together. */
export interface Overview {
  readonly lookIntervalOf: (observer: string) => number;
  readonly lossModel: () => LossModel;
  readonly probes: () => readonly ProbeStatus[];
  /** The probes, or how they are configured, have changed. */
  readonly refresh: () => void;
}

export function createOverview(
  entries: ReadonlyMap<string, Entry>,
  tools: OverviewTools,
): Overview {
  let intervals = lookIntervals(entries.values());
  let model = modelOf(entries.values(), tools);
  return {
    lookIntervalOf: (observer) => intervals(observer),
    lossModel: () => model,
    probes: () => statuses(entries.values(), model, tools),
    refresh() {
      intervals = lookIntervals(entries.values());
      model = modelOf(entries.values(), tools);
    },
  };
}

/** Of an observer: the shortest deadline of its probes decides. */
function lookIntervals(entries: Iterable<Entry>): (observer: string) => number {
  const intervals = new Map<string, number>();
  for (const { assignment } of entries) {
    const { route, policy } = assignment.order;
    const own = lookIntervalMs(policy.lateAfterMs);
    for (const observer of chainOf(route)) {
      intervals.set(observer, Math.min(intervals.get(observer) ?? own, own));
    }
  }
  return (observer) => intervals.get(observer) ?? LONGEST_PAUSE_MS;
}

/** One budget of false alarms for all probes (semantics D2). */
function modelOf(entries: Iterable<Entry>, { usualLoss: usual }: OverviewTools): LossModel {
  const intervals = Array.from(entries, ({ assignment }) => assignment.cadence.intervalMs);
  return lossModel({ usual, canariesAYear: canariesAYear(intervals) });
}

function statuses(
  entries: Iterable<Entry>,
  model: LossModel,
  { clock, ledger, observers }: OverviewTools,
): readonly ProbeStatus[] {
  const now = clock.now();
  const byProbe = new Map<string, Canary[]>();
  for (const canary of ledger.open()) {
    const { probe } = canary.launch.route;
    const own = byProbe.get(probe);
    if (own === undefined) byProbe.set(probe, [canary]);
    else own.push(canary);
  }
  return Array.from(entries, (entry) => {
    const { route, policy } = entry.assignment.order;
    const known = byProbe.get(route.probe) ?? [];
    const open = known.filter(({ launch }) => isOneSeries(launch.route, route));
    const observer = observers.get(route.observer);
    const horizon = observer === undefined ? null : horizonOfObserver(observer, ledger);
    const pushOnly = observer?.capabilities.pushOnly ?? false;
    const loss = lossFigures(ledger.lossTrail(route), model, { now, policy });
    return statusOf({ entry, open, horizon, pushOnly, loss, now });
  });
}
