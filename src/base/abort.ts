/** The reason for aborts that only wake somebody; without one, Node makes an error with a stack trace each time. */
export const WITHOUT_TRACE = 'over';

/** Resolves when a signal aborts, or at once when it has. */
export function whenAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

/** Over when any of its outer signals is, or by itself. */
export interface Span {
  readonly signal: AbortSignal;
  /** Ends it, and listens to the others no more. */
  end(): void;
}

/** `AbortSignal.any` with an end of its own, for spans that are many and short: it leaves nothing to the garbage collector. */
export function beginSpan(...outer: readonly AbortSignal[]): Span {
  const own = new AbortController();
  const end = (): void => {
    for (const signal of outer) signal.removeEventListener('abort', end);
    own.abort(WITHOUT_TRACE);
  };
  for (const signal of outer) signal.addEventListener('abort', end, { once: true });
  if (outer.some((signal) => signal.aborted)) end();
  return { signal: own.signal, end };
}
