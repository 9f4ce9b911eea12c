import type { Clock, Instant } from '../base/clock.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { Observer } from '../observers/observer.ts';
import type { ObserverStatus, PositiveControlStatus } from './control.ts';
import type { ControlReport } from './positive-control.ts';
import { failureOf, type LookReport } from './watch.ts';

export interface LookBookTools {
  readonly clock: Clock;
  readonly ledger: Ledger;
  readonly observers: ReadonlyMap<string, Observer>;
  readonly lookIntervalOf: (observer: string) => number;
}

export interface LookBook {
  readonly heard: (report: LookReport) => void;
  readonly controlled: (report: ControlReport) => void;
  readonly statuses: () => readonly ObserverStatus[];
}

/** Up to where it has seen everything; null where it never has, or cannot. */
export function horizonOfObserver(
  { name, capabilities }: Pick<Observer, 'name' | 'capabilities'>,
  ledger: Pick<Ledger, 'observerState'>,
): Instant | null {
  // Another observer may have had this name, and could look.
  if (capabilities.pushOnly === true) return null;
  return ledger.observerState(name)?.horizon ?? null;
}

const NO_CONTROL_YET: PositiveControlStatus = { passedAt: null, isBlind: false, last: null };

/** How the latest look of each observer went. */
export function createLookBook(tools: LookBookTools): LookBook {
  const { clock, ledger, observers, lookIntervalOf } = tools;
  const lastLookAt = new Map<string, Instant>();
  const controls = new Map<string, PositiveControlStatus>();
  const failures = new Map<string, NonNullable<ObserverStatus['failure']>>();
  return {
    heard(report) {
      const now = clock.now();
      const { observer } = report;
      lastLookAt.set(observer, now);
      const failure = failureOf(report);
      const since = failures.get(observer)?.since ?? now;
      if (failure === undefined) failures.delete(observer);
      else failures.set(observer, { reason: failure.reason, message: failure.message, since });
    },
    controlled({ observer, result, isBlind }) {
      const at = clock.now();
      const passedAt = result === 'passed' ? at : (controls.get(observer)?.passedAt ?? null);
      controls.set(observer, { passedAt, isBlind, last: { at, result } });
    },
    statuses: () =>
      [...observers].map(([name, observer]) => ({
        name,
        type: observer.type,
        horizon: horizonOfObserver(observer, ledger),
        ...(observer.capabilities.pushOnly === true ? { pushOnly: true } : {}),
        indexLagMs: observer.capabilities.indexLagMs,
        lookIntervalMs: Math.min(
          lookIntervalOf(name),
          observer.capabilities.metered?.lookEveryMs ?? Infinity,
        ),
        lastLookAt: lastLookAt.get(name) ?? null,
        failure: failures.get(name) ?? null,
        ...(observer.positiveControl === undefined
          ? {}
          : { positiveControl: controls.get(name) ?? NO_CONTROL_YET }),
      })),
  };
}
