import { createBell } from '../bell.ts';
import type { HookAnswer, HookRequest } from '../observer.ts';

/** What webhooks named and no look has read yet. */
export interface HookInbox {
  accept(request: HookRequest): HookAnswer;
  /** Takes out what is there. */
  drain(): readonly string[];
  /** Resolves when there is something, or when `signal` aborts. */
  wait(signal: AbortSignal): Promise<void>;
}

/**
 * Checks a request, its signature first, and gives the ids that it names: those
 * that may be ours, so none for the mail of others.
 */
export type HookReader = (request: HookRequest) => readonly string[] | Exclude<HookAnswer, 'taken'>;

/** More than a burst of canaries; what does not fit is found by the next look. */
const KEPT = 50;

export function createHookInbox(read: HookReader): HookInbox {
  const waiting = new Set<string>();
  const bell = createBell();

  return {
    accept(request) {
      const ids = read(request);
      if (typeof ids === 'string') return ids;
      for (const id of ids) if (waiting.size < KEPT) waiting.add(id);
      if (ids.length > 0) bell.ring();
      return 'taken';
    },
    drain() {
      const ids = [...waiting];
      waiting.clear();
      bell.silence();
      return ids;
    },
    wait: (signal) => bell.wait(signal),
  };
}
