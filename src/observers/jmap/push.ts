import { backoffMs, type BackoffLimits } from '../../base/backoff.ts';
import type { Clock } from '../../base/clock.ts';
import { MonitorError } from '../../base/errors.ts';
import type { Random } from '../../base/random.ts';
import { createBell } from '../bell.ts';
import { listenToEvents } from '../http/event-stream.ts';
import type { JmapConfig } from './config.ts';
import { pathHere, type Door } from './door.ts';
import type { Login } from './login.ts';

/** Says when the server has something new (RFC 8620 section 7.3). What it misses, the next look shows. */
export interface Push {
  /** Whether the server lets us listen. */
  isThere(signal: AbortSignal): Promise<boolean>;
  /** Begins to listen, if it does not yet; resolves at news, or when `signal` aborts. */
  wait(signal: AbortSignal): Promise<void>;
  /** What was heard of up to now is being looked at. */
  drain(): void;
  close(): void;
}

export interface PushTools {
  readonly clock: Clock;
  readonly random: Random;
  readonly door: Door;
  readonly login: Login;
}

/** The server sends a sign of life this often. */
const PING_SECONDS = 30;
const SILENCE_MS = 3 * PING_SECONDS * 1_000;
const BROKEN: BackoffLimits = { firstMs: 1_000, maxMs: 60_000 };
/** A stream that is not there, or not for us, is tried again this often: 204 is to be taken for a no. */
const ABSENT_MS = 600_000;

export function createPush(config: JmapConfig, tools: PushTools): Push {
  const { clock } = tools;
  const closing = new AbortController();
  const bell = createBell();
  let isListening = false;

  async function listen(): Promise<void> {
    for (let failures = 1; !closing.signal.aborted; failures += 1) {
      const heard = await listenOnce(config, tools, {
        signal: closing.signal,
        onEvent: () => bell.ring(),
        // what came before is not told
        onOpen: () => {
          failures = 0;
          bell.ring();
        },
      });
      const pauseMs = heard === 'absent' ? ABSENT_MS : backoffMs(failures, BROKEN, tools.random);
      await clock.sleep(pauseMs, closing.signal);
    }
  }

  return {
    async isThere(signal) {
      const opened = new AbortController();
      const end = AbortSignal.any([signal, closing.signal, opened.signal]);
      const onOpen = (): void => opened.abort();
      await listenOnce(config, tools, { signal: end, onEvent: onOpen, onOpen });
      return opened.signal.aborted;
    },
    drain: () => bell.silence(),
    wait(signal) {
      if (!isListening) void listen();
      isListening = true;
      return bell.wait(signal);
    },
    close: () => closing.abort(),
  };
}

/** Resolves when the stream has ended; `absent`: there is none. */
async function listenOnce(
  config: JmapConfig,
  { clock, door, login }: PushTools,
  options: {
    readonly signal: AbortSignal;
    readonly onEvent: () => void;
    readonly onOpen: () => void;
  },
): Promise<'ended' | 'absent'> {
  const { signal, onEvent, onOpen } = options;
  try {
    const { eventSource } = await door.open(signal);
    if (eventSource === undefined) return 'absent';
    const status = await listenToEvents(
      {
        url: new URL(pathHere(expand(eventSource), config.url), config.url),
        headers: { authorization: await login.header(signal) },
        clock,
        silenceMs: SILENCE_MS,
        onOpen,
        onEvent: (name) => (name === 'state' ? onEvent() : undefined),
      },
      signal,
    );
    if (status === 401) login.renew();
    return status === undefined || status === 401 || status >= 500 ? 'ended' : 'absent';
  } catch (error) {
    // looks say what is wrong
    if (error instanceof MonitorError) return 'ended';
    throw error;
  }
}

function expand(template: string): string {
  return template
    .replaceAll('{types}', 'Email')
    .replaceAll('{closeafter}', 'no')
    .replaceAll('{ping}', String(PING_SECONDS));
}
