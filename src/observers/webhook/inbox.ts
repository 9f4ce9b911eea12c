import * as z from 'zod';
import type { Random } from '../../base/random.ts';

/** What was pushed and no stored look has reported yet. */
export interface PushInbox<T> {
  add(item: T): void;
  /**
   * Everything that came after a cursor, and the next cursor. What is before it is stored by now and
   * dropped; a cursor of another process, or none, is before everything.
   */
  after(cursor: unknown): { readonly items: readonly T[]; readonly cursor: unknown };
  /** Resolves when there is something that no look has shown, or when `signal` aborts. */
  whenNew(signal: AbortSignal): Promise<void>;
}

/** Canaries while the ledger cannot be written; what does not fit is never seen, so blind. */
const KEPT = 5_000;

const Cursor = z.object({ format: z.literal(1), process: z.string(), position: z.int().min(0) });

export function createPushInbox<T>(random: Random): PushInbox<T> {
  const process = Buffer.from(random.bytes(8)).toString('hex');
  let waiting: readonly { readonly position: number; readonly item: T }[] = [];
  let position = 0;
  let shown = 0;
  let wake = (): void => undefined;

  return {
    add(item) {
      if (waiting.length >= KEPT) return;
      position += 1;
      waiting = [...waiting, { position, item }];
      wake();
    },
    after(cursor) {
      const { data } = Cursor.safeParse(cursor);
      const stored = data?.process === process ? data.position : 0;
      waiting = waiting.filter((one) => one.position > stored);
      shown = position;
      if (waiting.length === 0) return { items: [], cursor };
      return {
        items: waiting.map(({ item }) => item),
        cursor: { format: 1, process, position },
      };
    },
    whenNew(signal) {
      return new Promise((resolve) => {
        const done = (): void => {
          signal.removeEventListener('abort', done);
          wake = () => undefined;
          resolve();
        };
        wake = done;
        signal.addEventListener('abort', done, { once: true });
        if (signal.aborted || position > shown) done();
      });
    },
  };
}
