import type { View } from './view.ts';

export type { TotalsView, View } from './view.ts';

/**
 * Opens a ledger for reading, without claiming it.
 *
 * @throws MonitorError `ledger` where there is none, or its schema is not this program's.
 */
export async function openView(url: string): Promise<View> {
  // Loaded when needed: a command without a ledger pays nothing for the database client.
  const { openSqlView } = await import('./sql/open-sql.ts');
  return openSqlView(url);
}
