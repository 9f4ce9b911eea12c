import type { Holder } from './holder.ts';
import type { LedgerUrl } from './url.ts';
import type { View } from './view.ts';

export type { TotalsView, View } from './view.ts';

/**
 * Opens a ledger for reading, without claiming it. `onError` hears of each reading that fails.
 *
 * @throws MonitorError `ledger` where there is none, or its schema is not this program's.
 */
export async function openView(url: LedgerUrl, onError?: () => void): Promise<View> {
  // Loaded when needed: a command without a ledger pays nothing for the database client.
  const { openSqlView } = await import('./sql/open-sql.ts');
  const view = await openSqlView(url);
  return onError === undefined ? view : heardOf(view, onError);
}

function heardOf(view: View, onError: () => void): View {
  async function read<T>(reading: Promise<T>): Promise<T> {
    try {
      return await reading;
    } catch (error) {
      onError();
      throw error;
    }
  }
  return {
    findCanary: (id) => read(view.findCanary(id)),
    timeline: (id) => read(view.timeline(id)),
    recent: (limit, probe) => read(view.recent(limit, probe)),
    open: () => read(view.open()),
    totals: () => read(view.totals()),
    observers: () => read(view.observers()),
    newest: (probe, vantage) => read(view.newest(probe, vantage)),
    probe: (probe, vantage) => read(view.probe(probe, vantage)),
    lastWrittenAt: () => read(view.lastWrittenAt()),
    litter: (query, limit) => read(view.litter(query, limit)),
    countLitter: (query) => read(view.countLitter(query)),
    close: () => view.close(),
  };
}

/** The process that writes to a ledger, or says so. @throws MonitorError `ledger` where the server cannot be asked. */
export async function findHolder(url: LedgerUrl): Promise<Holder | undefined> {
  const { findSqlHolder } = await import('./sql/open-sql.ts');
  return findSqlHolder(url);
}
