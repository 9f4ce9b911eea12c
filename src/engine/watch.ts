import { backoffMs, type BackoffLimits } from '../base/backoff.ts';
import type { Clock, Instant } from '../base/clock.ts';
import { MonitorError } from '../base/errors.ts';
import type { Logger } from '../base/logger.ts';
import { startLoop, type Loop } from '../base/loop.ts';
import type { Random } from '../base/random.ts';
import { midpoint } from '../domain/latency.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { Look, Observer } from '../observers/observer.ts';
import { entryOfLook } from './evidence.ts';
import { pauseBeforeLook } from './pace.ts';

export interface WatchTools {
  readonly clock: Clock;
  readonly random: Random;
  readonly ledger: Ledger;
  readonly observer: Observer;
  readonly logger: Logger;
  /** Hears of every look once it is durable. */
  readonly onLook?: (report: LookReport) => void;
}

export type LookReport =
  | { readonly type: 'looked'; readonly observer: string; readonly look: Look }
  | { readonly type: 'failed'; readonly observer: string; readonly error: MonitorError };

const FAILURE_BACKOFF: BackoffLimits = { firstMs: 250, maxMs: 10_000 };
/** Waiting for a push costs commands of its own; below this pause it is not worth them. */
const WORTH_A_PUSH_MS = 500;
/** Latencies remembered for a probe's usual one. */
const REMEMBERED = 31;

/** The loop of one observer, for polls and pushes alike: look, remember, wait. */
export function startWatch(tools: WatchTools): Loop {
  const { clock, ledger, observer, random } = tools;
  const usual = createUsualLatency();
  let failures = 0;

  async function round(signal: AbortSignal): Promise<number> {
    const outcome = await lookOnce(tools, signal);
    if (signal.aborted) return 0;
    tools.onLook?.(outcome);
    if (outcome.type === 'failed') {
      failures += 1;
      const pauseMs = backoffMs(failures, FAILURE_BACKOFF, random);
      return Math.max(pauseMs, outcome.error.retryAfterMs ?? 0);
    }
    failures = 0;
    const open = ledger.open().filter((canary) => canary.launch.route.observer === observer.name);
    const { capabilities } = observer;
    return pauseBeforeLook({ now: clock.now(), open, capabilities, usualMs: usual.of });
  }

  async function wait(ms: number, signal: AbortSignal): Promise<void> {
    const pushes = observer.capabilities.push && failures === 0 && ms >= WORTH_A_PUSH_MS;
    if (!pushes) return clock.sleep(ms, signal);
    const over = new AbortController();
    const either = AbortSignal.any([over.signal, signal]);
    const news = observer.news(either);
    await Promise.race([clock.sleep(ms, either), news]);
    over.abort();
    await news; // the connection must be free for the next look
  }

  const stopListening = ledger.subscribe((event) => {
    const measured = event.effects.find((effect) => effect.type === 'latency');
    if (measured !== undefined) usual.add(event.launch.route.probe, midpoint(measured.latency));
  });
  const loop = startLoop({ clock, round, wait });
  return {
    ...loop,
    async stop() {
      stopListening();
      await loop.stop();
    },
  };
}

async function lookOnce(tools: WatchTools, signal: AbortSignal): Promise<LookReport> {
  const { ledger, observer, logger } = tools;
  const state = ledger.observerState(observer.name);
  try {
    const look = await observer.look({ cursor: state?.cursor, since: oldest(tools), signal });
    const entry = await entryOfLook(look, {
      observer,
      horizon: state?.horizon ?? undefined,
      find: (id) => ledger.find(id),
    });
    await ledger.recordLook(entry);
    return { type: 'looked', observer: observer.name, look };
  } catch (error) {
    if (!(error instanceof MonitorError)) throw error;
    if (!signal.aborted) {
      const { reason, retryable, message } = error;
      logger.warn({ observer: observer.name, reason, retryable, detail: message }, 'look failed');
    }
    return { type: 'failed', observer: observer.name, error };
  }
}

/** Mail older than this cannot be one of ours that anybody waits for. */
function oldest(tools: WatchTools): Instant {
  const first = tools.ledger.open()[0];
  return first?.launch.launchedAt ?? tools.clock.now();
}

interface UsualLatency {
  readonly of: (probe: string) => number | undefined;
  add(probe: string, ms: number): void;
}

function createUsualLatency(): UsualLatency {
  const recent = new Map<string, number[]>();
  return {
    of(probe) {
      const sorted = [...(recent.get(probe) ?? [])].sort((a, b) => a - b);
      return sorted[Math.floor(sorted.length / 2)];
    },
    add(probe, ms) {
      recent.set(probe, [...(recent.get(probe) ?? []), ms].slice(-REMEMBERED));
    },
  };
}
