import { MonitorError } from './errors.ts';

/** Work that is done once for all who want it at the same time. */
export interface SharedWork<T> {
  /** Begins it, or waits for what has begun. @throws MonitorError `aborted` when `signal` aborts, and what the work throws. */
  join(signal: AbortSignal): Promise<T>;
}

interface Run<T> {
  readonly result: Promise<T>;
  readonly controller: AbortController;
  waiting: number;
}

/**
 * Each of those who wait can stop by itself; when the last one does, the work is stopped too, and whoever comes then has
 * it begun anew. `what` they wait for, for the message.
 */
export function createSharedWork<T>(
  what: string,
  work: (signal: AbortSignal) => Promise<T>,
): SharedWork<T> {
  let running: Run<T> | undefined;

  function begin(): Run<T> {
    const controller = new AbortController();
    const result = work(controller.signal);
    const run: Run<T> = { result, controller, waiting: 0 };
    // Each of those who wait is told by join.
    void result.catch(() => undefined).then(() => end(run));
    return run;
  }

  function end(run: Run<T>): void {
    if (running === run) running = undefined;
  }

  return {
    async join(signal) {
      const run = (running ??= begin());
      run.waiting += 1;
      let leave = (): void => undefined;
      const left = new Promise<never>((_resolve, reject) => {
        leave = () => reject(stopped(what));
      });
      signal.addEventListener('abort', leave, { once: true });
      if (signal.aborted) leave();
      try {
        return await Promise.race([run.result, left]);
      } finally {
        signal.removeEventListener('abort', leave);
        run.waiting -= 1;
        if (run.waiting === 0) {
          end(run);
          run.controller.abort();
        }
      }
    },
  };
}

function stopped(what: string): MonitorError {
  return new MonitorError(`waiting for ${what} was stopped`, {
    reason: 'aborted',
    retryable: true,
  });
}
