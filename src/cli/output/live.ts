import type { Clock, Instant } from '../../base/clock.ts';
import { formatDuration } from '../../base/duration.ts';
import type { CliContext } from '../context.ts';

export interface Live {
  /** Replaces the waiting line's words; they are given the seconds waited. */
  waitingFor(words: (now: Instant) => string): void;
  /** Takes the line away for good. */
  clear(): void;
  /** Takes the line away for as long as something else is printed. */
  hide(): void;
  restore(): void;
  stop(): void;
}

const FRAME_MS = 200;

const NO_LIVE: Live = {
  waitingFor: () => undefined,
  clear: () => undefined,
  hide: () => undefined,
  restore: () => undefined,
  stop: () => undefined,
};

/** A line on the terminal that says what is being waited for; nothing where there is no terminal. */
export function createLive(context: CliContext): Live {
  if (!context.isTerminal.err) return NO_LIVE;
  const stopping = new AbortController();
  let words: ((now: Instant) => string) | undefined;
  const hide = (): void => {
    if (words !== undefined) context.err('\r\u001b[2K');
  };
  const draw = (): void => {
    if (words !== undefined) context.err(`\r\u001b[2K${words(context.clock.now())}`);
  };
  const clear = (): void => {
    hide();
    words = undefined;
  };
  void redraw(context.clock, draw, stopping.signal);
  return {
    waitingFor(next) {
      words = next;
      draw();
    },
    clear,
    hide,
    restore: draw,
    stop() {
      clear();
      stopping.abort();
    },
  };
}

async function redraw(clock: Clock, draw: () => void, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    draw();
    await clock.sleep(FRAME_MS, signal);
  }
}

/** `12 s` since an instant. */
export function since(now: Instant, then: Instant): string {
  const ms = Math.max(0, now - then);
  return formatDuration(ms < 10_000 ? Math.floor(ms / 100) * 100 : Math.floor(ms / 1_000) * 1_000);
}
