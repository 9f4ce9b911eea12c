/** Rung from outside, heard by whoever waits, now or later. */
export interface Bell {
  ring(): void;
  /** What it was rung for is being looked at. */
  silence(): void;
  /** Resolves when it was rung, or when `signal` aborts. Never rejects. */
  wait(signal: AbortSignal): Promise<void>;
}

export function createBell(): Bell {
  let isRung = false;
  let wake = (): void => undefined;
  return {
    ring() {
      isRung = true;
      wake();
    },
    silence() {
      isRung = false;
    },
    wait: (signal) =>
      new Promise((resolve) => {
        const done = (): void => {
          signal.removeEventListener('abort', done);
          resolve();
        };
        wake = done;
        signal.addEventListener('abort', done, { once: true });
        if (signal.aborted || isRung) done();
      }),
  };
}
