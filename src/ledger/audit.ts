/** One thing looked at, and how it stands, in words for a person. */
export interface AuditFinding {
  readonly what: 'file' | 'schema' | 'canaries' | 'records' | 'books' | 'totals';
  readonly ok: boolean;
  readonly summary: string;
}

/** What can be said about a ledger by reading it once, from one snapshot. */
export interface Audit {
  /** What people call it. */
  readonly ledger: string;
  readonly findings: readonly AuditFinding[];
  /** The process that says it writes to it. */
  readonly holder: number | undefined;
}

/**
 * Reads all of a ledger and recomputes what it says of itself; writes nothing, also beside a writer.
 *
 * @throws MonitorError `ledger` where there is nothing to read, or a schema newer than this program.
 */
export async function auditLedger(url: string): Promise<Audit> {
  // Loaded when needed: a command without a ledger pays nothing for the database client.
  const { auditSql } = await import('./sql/audit.ts');
  return auditSql(url);
}
