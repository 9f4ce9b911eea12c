import { backoffMs, type BackoffLimits } from '../base/backoff.ts';
import type { Clock, Instant } from '../base/clock.ts';
import { beginSpan } from '../base/abort.ts';
import { MonitorError } from '../base/errors.ts';
import type { Logger } from '../base/logger.ts';
import { startLoop, type Loop } from '../base/loop.ts';
import type { Random } from '../base/random.ts';
import type { Canary } from '../domain/canary.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { Look, Observer } from '../observers/observer.ts';
import { createAcquaintances } from './acquaintances.ts';
import { evidenceOf } from './evidence.ts';
import { isNews } from './look-news.ts';
import { recall } from './memory.ts';
import { bookDeadlines } from './deadline-book.ts';
import { learnLatencies } from './learn.ts';
import { createDrill, type DrillTools } from './positive-control.ts';
import { LONGEST_PAUSE_MS, pauseBeforeLook } from './pace.ts';
import { planLook, shortestRest, type Plan } from './thrift.ts';
import { createUsualLatency, type UsualLatency } from './usual.ts';

export interface WatchTools extends Pick<DrillTools, 'onControl' | 'onCleanupFailure'> {
  readonly clock: Clock;
  readonly random: Random;
  readonly ledger: Ledger;
  readonly observer: Observer;
  /** Where it looks: a fingerprint; undefined where nobody said. */
  readonly site?: string | undefined;
  readonly logger: Logger;
  /** A complete look comes at least this often, in milliseconds; default: once a minute. */
  readonly lookIntervalOf?: (observer: string) => number;
  /** Hears of every look, after what it proved is durable. */
  readonly onLook?: (report: LookReport) => void;
}

export type LookReport =
  | {
      readonly type: 'looked';
      readonly observer: string;
      readonly look: Look;
      /** Not all places were wished to be read. */
      readonly quick: boolean;
      /** Stamps that contradict what the looks say. */
      readonly conflicts: number;
    }
  | { readonly type: 'failed'; readonly observer: string; readonly error: MonitorError };

/** Why a look failed, or was not complete. */
export function failureOf(report: LookReport): MonitorError | undefined {
  return report.type === 'failed' ? report.error : report.look.failure;
}

/** It was to read all, and there is more to read. */
function isUnfinished(report: LookReport): boolean {
  return report.type === 'looked' && !report.quick && !report.look.complete;
}

const FAILURE_BACKOFF: BackoffLimits = { firstMs: 250, maxMs: 10_000 };
/** Waiting for a push costs commands of its own; below this pause it is not worth them. */
const WORTH_A_PUSH_MS = 500;

export interface Watch extends Loop {
  /** A canary is on its way: looks at once, or where looks cost, in time for it. */
  expect(): void;
}

/** The loop of one observer, for polls and pushes alike: look, remember, wait. */
export function startWatch(tools: WatchTools): Watch {
  const { clock, observer } = tools;
  const { capabilities } = observer;
  const usual = createUsualLatency();
  const watcher = createWatcher(tools);
  const times = createLookTimes();
  let failures = 0;
  let isOnlyExpecting = false;
  /** Until then the other side, or our own patience, wants no look. */
  let notBefore: Instant = -Infinity;

  const plan = (): Plan => nextLook({ ...tools, watcher, times, usual });

  async function round(signal: AbortSignal): Promise<number> {
    const isExpecting = isOnlyExpecting;
    isOnlyExpecting = false;
    const { pauseMs, quick } = plan();
    const sulkLeftMs = notBefore - clock.now();
    const isMetered = capabilities.metered !== undefined;
    const restMs = isMetered ? Math.max(pauseMs, sulkLeftMs) : sulkLeftMs;
    if (isExpecting && restMs > 0) return restMs;
    const startedAt = clock.now();
    const report = await watcher.look({ signal, quick });
    if (signal.aborted) return 0;
    times.note(startedAt, clock.now(), report);
    tools.onLook?.(report);
    const failure = failureOf(report);
    failures = failure === undefined ? 0 : failures + 1;
    const sulkMs = failure === undefined ? 0 : pauseAfter(failure, failures, tools);
    notBefore = clock.now() + sulkMs;
    if (failure !== undefined) return sulkMs;
    return isUnfinished(report) ? shortestRest(capabilities) : plan().pauseMs;
  }

  async function wait(ms: number, signal: AbortSignal): Promise<void> {
    const isPush = capabilities.push && failures === 0 && ms >= WORTH_A_PUSH_MS;
    if (!isPush) return clock.sleep(ms, signal);
    const span = beginSpan(signal);
    const news = observer.news(span.signal);
    await Promise.race([clock.sleep(ms, span.signal), news]);
    span.end();
    await news; // the connection must be free for the next look
  }

  const stopListening = learnLatencies(tools, usual);
  const loop = startLoop({ clock, round, wait });
  return {
    ...loop,
    expect() {
      isOnlyExpecting = true;
      loop.nudge();
    },
    async stop() {
      stopListening();
      watcher.close();
      await loop.stop();
    },
  };
}

interface LookTimes {
  readonly lookedAt: Instant | undefined;
  readonly completedAt: Instant | undefined;
  readonly endedAt: Instant | undefined;
  note(startedAt: Instant, endedAt: Instant, report: LookReport): void;
}

function createLookTimes(): LookTimes {
  const times: { lookedAt?: Instant; completedAt?: Instant; endedAt?: Instant } = {};
  return {
    get lookedAt() {
      return times.lookedAt;
    },
    get completedAt() {
      return times.completedAt;
    },
    get endedAt() {
      return times.endedAt;
    },
    note(startedAt, endedAt, report) {
      times.endedAt = endedAt;
      if (report.type === 'failed') return;
      // What a webhook named is no look for anybody else.
      if (report.look.places.length > 0) times.lookedAt = startedAt;
      if (report.look.complete) times.completedAt = startedAt;
    },
  };
}

/** When and how to look next: as often as is allowed, or as seldom as is enough. */
function nextLook(view: {
  readonly clock: Clock;
  readonly lookIntervalOf?: WatchTools['lookIntervalOf'];
  readonly watcher: Watcher;
  readonly times: LookTimes;
  readonly observer: Observer;
  readonly usual: UsualLatency;
}): Plan {
  const { watcher, times, usual } = view;
  const now = view.clock.now();
  const everyMs = view.lookIntervalOf?.(view.observer.name) ?? LONGEST_PAUSE_MS;
  const { capabilities } = view.observer;
  const { metered } = capabilities;
  if (capabilities.pushOnly === true) return { pauseMs: LONGEST_PAUSE_MS, quick: true };
  const open = watcher.waited();
  if (metered === undefined) {
    const deadline = watcher.nextDeadline(now);
    const pauseMs = pauseBeforeLook({ now, open, deadline, everyMs, capabilities, usual });
    return { pauseMs, quick: false };
  }
  const { lookedAt, completedAt, endedAt } = times;
  const past = { lookedAt, completedAt, endedAt };
  const deadline = watcher.nextDeadline(completedAt ?? -Infinity);
  const dueAfterMs = usual.dueAfter;
  return planLook({ now, open, deadline, everyMs, capabilities, metered, ...past, dueAfterMs });
}

function pauseAfter(error: MonitorError, failures: number, tools: WatchTools): number {
  const pauseMs = backoffMs(failures, FAILURE_BACKOFF, tools.random);
  return Math.max(pauseMs, tools.observer.capabilities.minPauseMs, error.retryAfterMs ?? 0);
}

interface LookWish {
  readonly signal: AbortSignal;
  readonly quick: boolean;
}

interface Watcher {
  look(options: LookWish): Promise<LookReport>;
  /** The open canaries that it has to look for, oldest launch first. */
  waited(): readonly Canary[];
  /** The next deadline of theirs for which a look at `now` would come too early. */
  nextDeadline(now: Instant): Instant | undefined;
  close(): void;
}

/** One look after the other, and what has to be known from one to the next. */
function createWatcher(tools: WatchTools): Watcher {
  const { clock, ledger, observer, site } = tools;
  /** The latest, which may be ahead of the stored ones. */
  let { horizon, memory } = recall(ledger.observerState(observer.name), site);
  /** As far as looks had come when a positive control last passed: what they did not show after it may have been there. */
  let trusted = memory.cursor;
  const acquaintances = createAcquaintances();
  const drill = createDrill(tools);

  const waited = (): readonly Canary[] => ledger.openAt(observer.name);
  const deadlines = bookDeadlines(tools);

  async function look({ signal, quick: wish }: LookWish): Promise<LookReport> {
    const quick = !(await drill.prepare(signal)) && wish;
    // Mail from before the oldest open launch cannot be one that anybody waits for.
    const since = waited()[0]?.launch.launchedAt ?? clock.now();
    try {
      const shown = await observer.look({ cursor: memory.cursor, since, quick, signal });
      const { look: judged, standing } = await drill.judge(shown, signal);
      const isDoubtful = standing === 'doubtful' || standing === 'recovered';
      const seen = isDoubtful ? { ...judged, cursor: trusted } : judged;
      const find = (id: string): Promise<Canary | undefined> => ledger.find(id);
      const { proof } = memory;
      const { entry, ...told } = await evidenceOf(seen, {
        ...{ observer, site, horizon, find, proof },
        steps: clock.steps(),
      });
      if (isNews(entry, { ...tools, memory, deadlines })) await ledger.recordLook(entry);
      const cursor = standing === 'doubtful' ? shown.cursor : seen.cursor;
      memory = { cursor, proof: told.proof, site };
      if (standing === 'proven') trusted = seen.cursor;
      horizon = later(horizon, entry.horizon);
      if (seen.failure !== undefined) warn(tools, seen.failure, 'look was not complete');
      if (told.conflicts > 0) warnOfClock(tools, told.conflicts);
      const { conflicts } = told;
      const unknown = acquaintances.meet(told.strangers);
      const mismatches =
        unknown === 0 ? seen.mismatches : { ...seen.mismatches, unknown_id: unknown };
      const look = { ...seen, mismatches };
      return { type: 'looked', observer: observer.name, look, quick, conflicts };
    } catch (error) {
      if (!(error instanceof MonitorError)) throw error;
      drill.lookFailed(error);
      if (!signal.aborted) warn(tools, error, 'look failed');
      return { type: 'failed', observer: observer.name, error };
    }
  }

  return {
    look,
    waited,
    nextDeadline: (now) => deadlines.next(now),
    close: () => deadlines.close(),
  };
}

function later(known: Instant | undefined, said: Instant | null): Instant | undefined {
  if (said === null) return known;
  return known === undefined ? said : Math.max(known, said);
}

function warn(tools: WatchTools, error: MonitorError, message: string): void {
  const { reason, retryable, message: detail } = error;
  tools.logger.warn({ observer: tools.observer.name, reason, retryable, detail }, message);
}

function warnOfClock(tools: WatchTools, conflicts: number): void {
  const fields = { observer: tools.observer.name, conflicts };
  tools.logger.warn(fields, 'timestamps contradict the looks, which stand');
}
