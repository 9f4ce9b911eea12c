import { WITHOUT_TRACE } from './abort.ts';
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
  const over = new AbortController(); // with it the timer goes
  let end: (error: MonitorError) => void = () => undefined;
  const ended = new Promise<never>((_resolve, reject) => {
    // First, or a body that rejects the moment it is aborted would give its own reason.
    end = (error) => {
      reject(error);
      over.abort(WITHOUT_TRACE);
      inner.abort(error);
    };
  });
  ended.catch(() => undefined); // a body may have no await at which to lose the race
  const stop = (): void => end(stopped(what));
  outer?.addEventListener('abort', stop, { once: true });
  if (outer?.aborted === true) stop();
  void clock.sleep(ms, over.signal).then(() => {
    if (!over.signal.aborted) end(overdue(what, ms));
  });
  try {
    const work = body(inner.signal);
    work.catch(() => undefined); // a late failure after the deadline has nobody to tell
    return await Promise.race([ended, work]);
  } finally {
    over.abort(WITHOUT_TRACE);
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
