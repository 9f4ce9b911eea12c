import { setImmediate as turnOfTheLoop } from 'node:timers/promises';

type Done<T> = (error?: Error | null, value?: T) => void;

/** Steps with callbacks, as promises that also end when the connection is lost. */
export interface Loss {
  /** The connection is lost, for this reason. */
  readonly now: (error: Error) => void;
  /** The same, but whoever reads the socket may name a better reason first: a reply that came before. */
  readonly later: (error: Error) => void;
  /** Runs one step. @throws what the step or the loss reports. */
  orDone<T>(step: (done: Done<T>) => void): Promise<T | undefined>;
}

export function createLoss(): Loss {
  let now: (error: Error) => void = () => undefined;
  const lost = new Promise<never>((_resolve, reject) => {
    now = reject;
  });
  lost.catch(() => undefined); // between two steps nobody listens

  async function later(error: Error): Promise<void> {
    // nodemailer handles the replies that came in together one a turn.
    await turnOfTheLoop();
    await turnOfTheLoop();
    now(error);
  }

  return {
    now: (error) => now(error),
    later: (error) => void later(error),
    orDone<T>(step: (done: Done<T>) => void) {
      const work = new Promise<T | undefined>((resolve, reject) => {
        step((error, value) => (error ? reject(error) : resolve(value)));
      });
      work.catch(() => undefined); // once lost, what comes of it is nobody's business
      return Promise.race([work, lost]);
    },
  };
}
