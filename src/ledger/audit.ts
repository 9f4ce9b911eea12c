import type { Holder } from './holder.ts';

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
  /** The process that writes to it, or says so. */
  readonly holder: Holder | undefined;
}
