/** A copy that was made, read again and found whole. */
export interface Backup {
  /** Absolute. */
  readonly file: string;
  readonly bytes: number;
  readonly canaries: number;
  /** Of its last event. */
  readonly position: number;
}

/**
 * Copies a ledger as it is at one instant, also while its writer runs; for the owner alone (it
 * holds tokens), durable when this resolves. The file has its name only once it is whole.
 *
 * @throws MonitorError `ledger` where the file exists already, or cannot be written.
 */
export async function backupLedger(url: string, file: string): Promise<Backup> {
  const { backupSql } = await import('./sql/backup.ts');
  return backupSql(url, file);
}
