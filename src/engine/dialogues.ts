import { setMaxListeners } from 'node:events';
import type { Clock } from '../base/clock.ts';

/** A dialogue that takes longer is cut when the monitor stops. */
const DRAIN_MS = 5_000;

/** SMTP dialogues under way. */
export interface Dialogues {
  readonly signal: AbortSignal;
  track<T>(dialogue: Promise<T>): Promise<T>;
  /** Lets them end, for a while; then cuts them. */
  drain(): Promise<void>;
}

export function createDialogues(clock: Clock): Dialogues {
  const stopping = new AbortController();
  setMaxListeners(0, stopping.signal); // each dialogue listens
  const open = new Set<Promise<unknown>>();
  return {
    signal: stopping.signal,
    track(dialogue) {
      open.add(dialogue);
      const done = (): void => void open.delete(dialogue);
      dialogue.then(done, done);
      return dialogue;
    },
    async drain() {
      const drained = new AbortController();
      const answers = Promise.allSettled([...open]).then(() => drained.abort());
      await clock.sleep(DRAIN_MS, drained.signal);
      stopping.abort();
      await answers;
    },
  };
}
