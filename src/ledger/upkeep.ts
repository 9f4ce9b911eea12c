import type { Audit } from './audit.ts';
import type { Backup } from './backup.ts';
import type { LedgerUrl } from './url.ts';

/**
 * Reads all of a ledger and recomputes what it says of itself; writes nothing, also beside a writer.
 *
 * @throws MonitorError `ledger` where there is nothing to read, or a schema newer than this program.
 */
export async function auditLedger(url: LedgerUrl): Promise<Audit> {
  // Loaded when needed: a command without a ledger pays nothing for the database client.
  const { auditSql } = await import('./sql/audit.ts');
  return auditSql(url);
}

/**
 * Copies a ledger as it is at one instant, also while its writer runs; for the owner alone (it
 * holds tokens), durable when this resolves. The file has its name only once it is whole.
 *
 * @throws MonitorError `ledger` where the file exists already, or cannot be written.
 */
export async function backupLedger(url: LedgerUrl, file: string): Promise<Backup> {
  const { backupSql } = await import('./sql/backup.ts');
  return backupSql(url, file);
}
