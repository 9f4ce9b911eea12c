import { backoffMs, type BackoffLimits } from '../base/backoff.ts';
import type { Clock, Instant } from '../base/clock.ts';
import { WITHOUT_TRACE } from '../base/deadline.ts';
import { MonitorError } from '../base/errors.ts';
import type { Logger } from '../base/logger.ts';
import { startLoop, type Loop } from '../base/loop.ts';
import type { Random } from '../base/random.ts';
import type { Canary } from '../domain/canary.ts';
import { midpoint } from '../domain/latency.ts';
import { nextDeadline } from '../domain/verdict.ts';
import type { Ledger, LookEntry } from '../ledger/ledger.ts';
import type { Look, Observer } from '../observers/observer.ts';
import { entryOfLook } from './evidence.ts';
import { pauseBeforeLook } from './pace.ts';
import { createUsualLatency } from './usual.ts';

export interface WatchTools {
  readonly clock: Clock;
  readonly random: Random;
  readonly ledger: Ledger;
  readonly observer: Observer;
  readonly logger: Logger;
  /** Hears of every look, after what it proved is durable. */
  readonly onLook?: (report: LookReport) => void;
}

export type LookReport =
  | { readonly type: 'looked'; readonly observer: string; readonly look: Look }
  | { readonly type: 'failed'; readonly observer: string; readonly error: MonitorError };

/** Why a look failed, or was not complete. */
export function failureOf(report: LookReport): MonitorError | undefined {
  return report.type === 'failed' ? report.error : report.look.failure;
}

const FAILURE_BACKOFF: BackoffLimits = { firstMs: 250, maxMs: 10_000 };
/** Waiting for a push costs commands of its own; below this pause it is not worth them. */
const WORTH_A_PUSH_MS = 500;
/** A look that showed nothing is written down when the stored horizon is this old: each write is a sync to disk. */
const HORIZON_STEP_MS = 1_000;

/** The loop of one observer, for polls and pushes alike: look, remember, wait. */
export function startWatch(tools: WatchTools): Loop {
  const { clock, ledger, observer } = tools;
  const usual = createUsualLatency();
  const watcher = createWatcher(tools);
  let failures = 0;

  async function round(signal: AbortSignal): Promise<number> {
    const report = await watcher.look(signal);
    if (signal.aborted) return 0;
    tools.onLook?.(report);
    const failure = failureOf(report);
    failures = failure === undefined ? 0 : failures + 1;
    if (failure !== undefined) return pauseAfter(failure, failures, tools);
    const { capabilities } = observer;
    const open = watcher.waited();
    return pauseBeforeLook({ now: clock.now(), open, capabilities, usualMs: usual.of });
  }

  async function wait(ms: number, signal: AbortSignal): Promise<void> {
    const isPush = observer.capabilities.push && failures === 0 && ms >= WORTH_A_PUSH_MS;
    if (!isPush) return clock.sleep(ms, signal);
    const over = new AbortController();
    const either = AbortSignal.any([over.signal, signal]);
    const news = observer.news(either);
    await Promise.race([clock.sleep(ms, either), news]);
    over.abort(WITHOUT_TRACE);
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

function pauseAfter(error: MonitorError, failures: number, tools: WatchTools): number {
  const pauseMs = backoffMs(failures, FAILURE_BACKOFF, tools.random);
  return Math.max(pauseMs, error.retryAfterMs ?? 0);
}

interface Watcher {
  look(signal: AbortSignal): Promise<LookReport>;
  /** The open canaries that this observer decides, oldest launch first. */
  waited(): readonly Canary[];
}

/** One look after the other, and what has to be known from one to the next. */
function createWatcher(tools: WatchTools): Watcher {
  const { clock, ledger, observer } = tools;
  const stored = ledger.observerState(observer.name);
  /** The latest, which may be ahead of the stored one. */
  let horizon: Instant | undefined = stored?.horizon ?? undefined;
  let cursor = stored?.cursor;

  const waited = (): readonly Canary[] =>
    ledger.open().filter((canary) => canary.launch.route.observer === observer.name);

  async function look(signal: AbortSignal): Promise<LookReport> {
    // Mail from before the oldest open launch cannot be one that anybody waits for.
    const since = waited()[0]?.launch.launchedAt ?? clock.now();
    try {
      const seen = await observer.look({ cursor, since, signal });
      const find = (id: string): Promise<Canary | undefined> => ledger.find(id);
      const entry = await entryOfLook(seen, { observer, horizon, find });
      if (isNews(entry)) await ledger.recordLook(entry);
      cursor = seen.cursor;
      horizon = later(horizon, entry.horizon);
      if (seen.failure !== undefined) warn(tools, seen.failure, 'look was not complete');
      return { type: 'looked', observer: observer.name, look: seen };
    } catch (error) {
      if (!(error instanceof MonitorError)) throw error;
      if (!signal.aborted) warn(tools, error, 'look failed');
      return { type: 'failed', observer: observer.name, error };
    }
  }

  /** Whether anything would be forgotten or decided later if the look were not written down. */
  function isNews(entry: LookEntry): boolean {
    if (entry.facts.length > 0) return true;
    if (JSON.stringify(entry.cursor) !== JSON.stringify(cursor)) return true;
    const known = ledger.observerState(observer.name)?.horizon;
    if (entry.horizon === null) return false;
    if (known === null || known === undefined) return true;
    const next = entry.horizon;
    return next - known >= HORIZON_STEP_MS || waited().some((canary) => isDue(canary, next));
  }

  return { look, waited };
}

function isDue(canary: Canary, horizon: Instant): boolean {
  const deadline = nextDeadline(canary);
  return deadline !== undefined && deadline <= horizon;
}

function later(known: Instant | undefined, said: Instant | null): Instant | undefined {
  if (said === null) return known;
  return known === undefined ? said : Math.max(known, said);
}

function warn(tools: WatchTools, error: MonitorError, message: string): void {
  const { reason, retryable, message: detail } = error;
  tools.logger.warn({ observer: tools.observer.name, reason, retryable, detail }, message);
}
