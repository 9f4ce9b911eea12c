/** The reason for aborts that only wake somebody; without one, Node makes an error with a stack trace each time. */
export const WITHOUT_TRACE = 'over';

/** Resolves when a signal aborts, or at once when it has. */
export function whenAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
