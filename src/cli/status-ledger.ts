import { assignmentsOf } from '../assignments.ts';
import type { Instant } from '../base/clock.ts';
import type { Config } from '../config/schema.ts';
import type { Canary } from '../domain/canary.ts';
import { isOneSeries } from '../domain/series.ts';
import type { ObserverStatus } from '../engine/control.ts';
import { LONGEST_PAUSE_MS } from '../engine/pace.ts';
import { LATEST, note, openEntry, statusOf, type Assignment } from '../engine/roster.ts';
import type { Holder } from '../ledger/holder.ts';
import { findHolder, openView, type View } from '../ledger/views.ts';
import { observerRecord, probeRecord } from '../server/records.ts';
import { stateOf, type State } from '../server/state.ts';

/** What the API would say, had the monitor that wrote the ledger not gone. */
export interface LedgerFacts {
  readonly probes: readonly object[];
  readonly observers: readonly object[];
  readonly lastWrittenAt: Instant | null;
  /** The process that writes to the ledger, or says so. */
  readonly holder: Holder | undefined;
}

/** Reads only. @throws MonitorError `ledger` */
export async function factsOfLedger(config: Config, now: Instant): Promise<LedgerFacts> {
  const { url } = config.ledger;
  const view = await openView(url);
  try {
    const observers = await observersOf(config, view);
    const open = await view.open();
    const probes: object[] = [];
    for (const assignment of assignmentsOf(config, config, now)) {
      probes.push(await probeOf(assignment, { view, now, observers, open }));
    }
    return {
      probes,
      observers: [...observers.values()].map((observer) => observerRecord(observer, now)),
      lastWrittenAt: await view.lastWrittenAt(),
      holder: await findHolder(url),
    };
  } finally {
    await view.close();
  }
}

async function observersOf(
  { observers }: Config,
  view: View,
): Promise<ReadonlyMap<string, ObserverStatus>> {
  const states = await view.observers();
  return new Map(
    Object.entries(observers).map(([name, { type }]) => {
      const horizon = states.get(name)?.horizon ?? null;
      return [
        name,
        {
          name,
          type,
          horizon,
          indexLagMs: 0,
          lookIntervalMs: LONGEST_PAUSE_MS,
          lastLookAt: null,
          failure: null,
        },
      ] as const;
    }),
  );
}

interface Scenery {
  readonly view: View;
  readonly now: Instant;
  readonly observers: ReadonlyMap<string, ObserverStatus>;
  readonly open: readonly Canary[];
}

async function probeOf(assignment: Assignment, scenery: Scenery): Promise<object> {
  const { view, now, observers } = scenery;
  const { probe, vantage, observer } = assignment.order.route;
  const isOwn = (canary: Canary): boolean =>
    canary.launch.route.probe === probe && canary.launch.route.vantage === vantage;
  const remembered = await view.probe(probe, vantage);
  const entry = await openEntry(assignment, {
    activate: () =>
      Promise.resolve(remembered ?? { activatedAt: now, pause: null, earlierPauses: [] }),
    newest: () => view.newest(probe, vantage),
  });
  const recent = await view.recent(LATEST, probe);
  for (const canary of recent.filter(isOwn).reverse()) note(entry, canary);
  const horizon = observers.get(observer)?.horizon ?? null;
  const open = scenery.open.filter(({ launch }) =>
    isOneSeries(launch.route, assignment.order.route),
  );
  const status = statusOf({ entry, open, horizon, now });
  const startedAt = entry.activatedAt;
  const scene = { now, startedAt, observer: observers.get(observer), culprit: null };
  return { ...probeRecord(status, scene), state: stateWithoutMonitor(stateOf(status, scene)) };
}

/** A stall that was proven stays one; but what seemed fine is unknown now that nobody launches and looks. */
function stateWithoutMonitor(state: State): State | 'unknown' {
  return state === 'stalled' || state === 'paused' ? state : 'unknown';
}
