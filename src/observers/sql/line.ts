/** Every value as text, as the database writes it; null where there is none. */
export type Row = Readonly<Record<string, string | null>>;

/** One session with a database, which can read and nothing else. */
export interface Line {
  /** One statement, in a transaction that cannot write. @throws what the client library says; see failure.ts. */
  readonly query: (text: string) => Promise<readonly Row[]>;
  /** Gives `now` (epoch seconds) and `zone` (seconds that its local time is ahead of UTC). */
  readonly nowQuery: string;
  /** Whether it can still be used. */
  readonly isBroken: () => boolean;
  /** Ends it at once; what is under way fails. */
  readonly drop: () => void;
}

/** What every engine connects with. */
export interface LineOptions {
  readonly timeoutMs: number;
  /** Connecting is given up when it aborts. */
  readonly signal: AbortSignal;
}

/** Who we are, in a server's list of sessions. */
export const SESSION_NAME = 'mailcanary';

/** The first bytes of a server are no greeting of its protocol. */
export class NotThisProtocol extends Error {}

/** Any value of a client library, as text. */
export function textOf(value: unknown): string | null {
  if (value === null || value === undefined) return null;
  if (typeof value === 'string') return value;
  if (value instanceof Uint8Array) return Buffer.from(value).toString('utf8');
  if (typeof value === 'number' || typeof value === 'bigint') return String(value);
  return value instanceof Date ? value.toISOString() : JSON.stringify(value);
}

/** As {@link textOf}, for each value. */
export function textRow(row: Readonly<Record<string, unknown>>): Row {
  return Object.fromEntries(Object.entries(row).map(([name, value]) => [name, textOf(value)]));
}
