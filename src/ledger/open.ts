import { createLedger, type LedgerTools } from './durable.ts';
import type { Ledger } from './ledger.ts';
import { createReadOnlyLedger } from './read-only.ts';
import { nameOfLedger, type LedgerUrl } from './url.ts';
import { openView } from './views.ts';

export interface LedgerOptions {
  /** `sqlite:./mailcanary.db`, `sqlite::memory:` for one that nobody needs afterwards, or a PostgreSQL database. */
  readonly url: LedgerUrl;
  /** Reads what is there now, claims nothing, and refuses each write. */
  readonly readOnly?: boolean;
}

/**
 * Opens the ledger; makes it where it is missing, brings an older one up to date.
 *
 * @throws MonitorError `ledger` when another process writes to it (the message
 *   names it), when it is newer than this program, corrupt, or not a ledger;
 *   `config` for a URL that nobody understands.
 */
export async function openLedger(options: LedgerOptions, tools: LedgerTools): Promise<Ledger> {
  const { url, readOnly = false } = options;
  if (readOnly) return createReadOnlyLedger(nameOfLedger(url), await openView(url));
  // Loaded when needed: a command without a ledger pays nothing for the database client.
  const { openSqlStore } = await import('./sql/open-sql.ts');
  return createLedger(await openSqlStore(url), tools);
}
