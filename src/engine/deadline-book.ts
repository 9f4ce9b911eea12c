import type { Instant } from '../base/clock.ts';
import type { Canary } from '../domain/canary.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { Observer } from '../observers/observer.ts';
import { Deadlines } from './deadlines.ts';
import { lookFor } from './pace.ts';

export interface DeadlineBookTools {
  readonly ledger: Pick<Ledger, 'openAt' | 'subscribe'>;
  readonly observer: Pick<Observer, 'name' | 'capabilities'>;
}

/** Of the open canaries that one observer decides. */
export interface DeadlineBook {
  /** Whether a horizon has passed one of them. */
  hasPassed(horizon: Instant): boolean;
  /** The first for which a look at `now` would come too early. */
  next(now: Instant): Instant | undefined;
  close(): void;
}

export function bookDeadlines({ ledger, observer }: DeadlineBookTools): DeadlineBook {
  const all = new Deadlines();
  const ahead = new Deadlines();
  const add = (canary: Canary): void => {
    all.update(canary, -Infinity);
    ahead.update(canary, -Infinity);
  };
  const decides = ({ launch }: Canary): boolean => launch.route.observer === observer.name;
  for (const canary of ledger.openAt(observer.name)) if (decides(canary)) add(canary);
  const stopListening = ledger.subscribe((_event, canary) => {
    if (decides(canary)) add(canary);
  });
  return {
    hasPassed: (horizon) => (all.next() ?? Infinity) <= horizon,
    next(now) {
      ahead.takePassed(now - lookFor(0, observer.capabilities));
      return ahead.next();
    },
    close: stopListening,
  };
}
