/**
 * Why something failed, named by what the operator does next. A closed list: it
 * is also a metric label.
 *
 * - `auth`: fix the credentials or the rights
 * - `refused`: the other side understood and said no
 * - `rate-limited`: it wants to be asked less often
 * - `timeout`: no answer in time
 * - `unreachable`: no connection, or it broke
 * - `tls`: certificate or handshake
 * - `bad-reply`: an answer that makes no sense
 * - `config`: the configuration names something that does not exist
 * - `ledger`: our own memory cannot be written or read
 * - `aborted`: we stopped it ourselves
 */
export const REASONS = [
  'auth',
  'refused',
  'rate-limited',
  'timeout',
  'unreachable',
  'tls',
  'bad-reply',
  'config',
  'ledger',
  'aborted',
] as const;
export type Reason = (typeof REASONS)[number];

export interface MonitorErrorOptions {
  readonly reason: Reason;
  /** Whether the same call may succeed later without anybody doing anything. */
  readonly retryable: boolean;
  /** The other side's wish, in milliseconds from the reply. */
  readonly retryAfterMs?: number;
  readonly cause?: unknown;
}

/** The one error that adapters throw; anything else is our own bug. */
export class MonitorError extends Error {
  override readonly name = 'MonitorError';
  readonly reason: Reason;
  readonly retryable: boolean;
  readonly retryAfterMs: number | undefined;

  constructor(message: string, options: MonitorErrorOptions) {
    super(message, options.cause === undefined ? {} : { cause: options.cause });
    this.reason = options.reason;
    this.retryable = options.retryable;
    this.retryAfterMs = options.retryAfterMs;
  }
}

/** The message of whatever was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Marks a branch that the types say cannot be reached. */
export function unreachable(value: never): never {
  throw new Error(`unreachable: ${JSON.stringify(value)}`);
}
