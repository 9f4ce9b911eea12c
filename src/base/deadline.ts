import type { Clock } from './clock.ts';
import { MonitorError } from './errors.ts';

export interface Deadline {
  readonly clock: Clock;
  readonly ms: number;
  /** What did not answer in time, for the message. */
  readonly what: string;
  readonly signal?: AbortSignal;
}

/**
 * Runs `body` with a signal that aborts when the outer one does or when `ms`
 * have passed, and does not wait longer than that for it.
 *
 * @throws MonitorError `timeout` (retryable) at the deadline, `aborted` when the outer signal fired.
 */
export async function withDeadline<T>(
  deadline: Deadline,
  body: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const { clock, ms, what, signal: outer } = deadline;
  const inner = new AbortController();
  const timer = new AbortController();
  const stop = (): void => inner.abort();
  outer?.addEventListener('abort', stop, { once: true });
  if (outer?.aborted === true) stop();
  const overtime = new Promise<never>((_resolve, reject) => {
    void clock.sleep(ms, AbortSignal.any([timer.signal, inner.signal])).then(() => {
      if (timer.signal.aborted) return;
      inner.abort();
      reject(outer?.aborted === true ? stopped(what) : overdue(what, ms));
    });
  });
  try {
    const work = body(inner.signal);
    work.catch(() => undefined); // a late failure after the deadline has nobody to tell
    return await Promise.race([work, overtime]);
  } finally {
    timer.abort();
    outer?.removeEventListener('abort', stop);
  }
}

function stopped(what: string): MonitorError {
  return new MonitorError(`${what} was stopped`, { reason: 'aborted', retryable: true });
}

function overdue(what: string, ms: number): MonitorError {
  return new MonitorError(`${what} gave no answer within ${ms / 1_000} s`, {
    reason: 'timeout',
    retryable: true,
  });
}
