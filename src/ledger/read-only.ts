import { MonitorError } from '../base/errors.ts';
import { isExpectedAt } from '../domain/stage.ts';
import type { Ledger } from './ledger.ts';
import type { View } from './view.ts';

/** A ledger that says what was in it when it was opened, and refuses each write. Closing it closes the view. */
export async function createReadOnlyLedger(name: string, view: View): Promise<Ledger> {
  const open = await view.open();
  const observers = await view.observers();
  const refuse = (): Promise<never> => {
    const message = `the ledger ${name} cannot be written: it was opened for reading only`;
    return Promise.reject(new MonitorError(message, { reason: 'ledger', retryable: false }));
  };
  return {
    launch: refuse,
    append: refuse,
    recordLook: refuse,
    prune: refuse,
    activate: refuse,
    retain: refuse,
    pause: refuse,
    newest: (probe, vantage) => view.newest(probe, vantage),
    litter: (query, limit) => view.litter(query, limit),
    countLitter: (query) => view.countLitter(query),
    markTidied: refuse,
    open: () => open,
    openAt: (observer) => open.filter((canary) => isExpectedAt(canary, observer)),
    find: (id) => view.findCanary(id),
    observerState: (observer) => observers.get(observer),
    lossTrail: () => undefined,
    isWritable: () => false,
    lastMark: () => undefined,
    checkWritable: () => Promise.resolve(false),
    subscribe: () => () => undefined,
    stopWaiting: () => undefined,
    close: () => view.close(),
  };
}
