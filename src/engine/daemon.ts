import { SKEW_LIMIT_MS, type Clock, type Instant } from '../base/clock.ts';
import { MonitorError } from '../base/errors.ts';
import type { Logger } from '../base/logger.ts';
import { superviseLoop, type Loop } from '../base/loop.ts';
import type { Canary } from '../domain/canary.ts';
import type { LossModel } from '../domain/loss/statistic.ts';
import type { Route } from '../domain/probe.ts';
import { isDecidedAlike } from '../domain/stage.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { Observer } from '../observers/observer.ts';
import type { Control, ObserverStatus, Readiness, ReloadResult } from './control.ts';
import type { OnCrash } from './crash.ts';
import { createDialogues, type Dialogues } from './dialogues.ts';
import type { Engine } from './engine.ts';
import { startClockCheck } from './clock-check.ts';
import { startLedgerCheck } from './ledger-check.ts';
import { createLookBook } from './look-book.ts';
import { createOverview } from './overview.ts';
import { beginPause, endPause } from './pausing.ts';
import { oneOffOrder, type OneOffDeadlines } from './probe-once.ts';
import { note, openEntry, pauseAt, remembered, type Assignment, type Entry } from './roster.ts';
import { startScheduler, type SchedulerTools } from './scheduler.ts';
import type { ControlReport } from './positive-control.ts';
import type { LookReport } from './watch.ts';

export interface DaemonTools {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly ledger: Ledger;
  readonly engine: Engine;
  readonly observers: ReadonlyMap<string, Observer>;
  readonly assignments: readonly Assignment[];
  readonly vantage: string;
  /** Share of canaries that is lost while all is well. */
  readonly usualLoss: number;
  readonly onCrash: OnCrash;
  readonly onClockStep: () => void;
  /** Reads the configuration again, and has its probes taken over. One that cannot be is as a bad file: never rejects. */
  readonly reload: (takeOver: TakeOver) => Promise<ReloadResult>;
}

/** Runs other probes from now on, or the same as before. @throws MonitorError `ledger` */
export type TakeOver = (assignments: readonly Assignment[]) => Promise<void>;

/** The monitor as it runs for days: a schedule over the engine, and what can be asked of it. */
export interface Daemon extends Control {
  heard(report: LookReport): void;
  controlled(report: ControlReport): void;
  /** Whether the probe of a canary was paused at an instant. */
  wasPaused(canary: Canary, at: Instant): boolean;
  /** Whether its probe is not configured any more (semantics A10), or decided by other looks than when it was launched. */
  wasRemoved(canary: Canary): boolean;
  /** A complete look into an observer comes at least this often, in milliseconds (semantics B2). */
  lookIntervalOf(observer: string): number;
  /** What evidence of loss is held against: follows the probes. */
  lossModel(): LossModel;
  /** Launches from now on. */
  start(): void;
  /** No launches any more; resolves when the dialogues under way have their answer. */
  stop(): Promise<void>;
}

export async function createDaemon(tools: DaemonTools): Promise<Daemon> {
  const { clock, ledger, engine } = tools;
  const startedAt = clock.now();
  const entries = new Map<string, Entry>();
  const stopListening = await openEntries(entries, tools);
  const { refresh, ...overview } = createOverview(entries, tools);
  const looks = createLookBook({ ...tools, ...overview });
  const dialogues = createDialogues(clock);
  const { signal } = dialogues;
  let scheduler: Loop | undefined;
  const checking: Loop[] = [];
  const inTurn = createTurns();
  const launch = async (entry: Entry, scheduledAt: Instant): Promise<void> => {
    const occasion = { kind: 'scheduled', scheduledAt } as const;
    await dialogues.track(engine.launch(entry.assignment.order, occasion, { signal }));
  };

  return {
    vantage: tools.vantage,
    startedAt,
    now: () => clock.now(),
    ...overview,
    heard: looks.heard,
    controlled: looks.controlled,
    observers: looks.statuses,
    readiness: () => readiness(tools, looks.statuses()),
    wasPaused(canary, at) {
      const entry = entries.get(canary.launch.route.probe);
      return entry !== undefined && pauseAt(entry, at) !== null;
    },
    wasRemoved({ launch: { route } }) {
      return route.vantage === tools.vantage && !isWatched(entries.get(route.probe), route);
    },
    start() {
      scheduler = startSchedule(entries, launch, tools);
      checking.push(superviseLedgerCheck(tools), superviseClockCheck(tools));
    },
    launch: (probe, once) => launchManual(entryOf(entries, probe), once, { engine, dialogues }),
    pause: (probe, options) => beginPause(entryOf(entries, probe), options, tools),
    async resume(probe) {
      const hasEnded = await endPause(entryOf(entries, probe), tools);
      scheduler?.nudge();
      return hasEnded;
    },
    async reload() {
      const result = await inTurn(() => tools.reload((to) => reassign(entries, to, tools)));
      refresh();
      scheduler?.nudge();
      engine.reconsider();
      return result;
    },
    async stop() {
      stopListening();
      ledger.stopWaiting();
      await Promise.all(checking.map((loop) => loop.stop()));
      await scheduler?.stop();
      await dialogues.drain();
    },
  };
}

function startSchedule(
  entries: ReadonlyMap<string, Entry>,
  launch: SchedulerTools['launch'],
  tools: DaemonTools,
): Loop {
  const { clock, logger, onCrash } = tools;
  const schedule = {
    ...{ clock, logger, launch },
    entries: () => entries.values(),
    onCrash: (error: unknown) => void onCrash('schedule', error, 1),
  };
  return superviseLoop({
    clock,
    start: () => startScheduler(schedule),
    onCrash: (error, crashes) => onCrash('schedule', error, crashes),
  });
}

function superviseLedgerCheck(tools: DaemonTools): Loop {
  return superviseLoop({
    clock: tools.clock,
    start: () => startLedgerCheck(tools),
    onCrash: (error, crashes) => tools.onCrash('ledger', error, crashes),
  });
}

function superviseClockCheck(tools: DaemonTools): Loop {
  return superviseLoop({
    clock: tools.clock,
    start: () => startClockCheck({ ...tools, onStep: tools.onClockStep }),
    onCrash: (error, crashes) => tools.onCrash('clock', error, crashes),
  });
}

/** What happens while the ledger is read is noted after that. Answers how to stop listening. */
async function openEntries(entries: Map<string, Entry>, tools: DaemonTools): Promise<() => void> {
  const { ledger, assignments } = tools;
  const early: Canary[] = [];
  let isRead = false;
  const stopListening = ledger.subscribe((_event, canary) => {
    if (isRead) noteIn(entries, canary);
    else early.push(canary);
  });
  await reassign(entries, assignments, tools);
  isRead = true;
  for (const canary of early) noteIn(entries, canary);
  return stopListening;
}

/** Whether a probe is still decided by the looks that its canary was launched for. */
function isWatched(entry: Entry | undefined, route: Route): boolean {
  return entry !== undefined && isDecidedAlike(route, entry.assignment.order.route);
}

function noteIn(entries: ReadonlyMap<string, Entry>, canary: Canary): void {
  const entry = entries.get(canary.launch.route.probe);
  if (entry !== undefined) note(entry, canary, remembered(entries.size));
}

function entryOf(entries: ReadonlyMap<string, Entry>, probe: string): Entry {
  const entry = entries.get(probe);
  if (entry !== undefined) return entry;
  const names = [...entries.keys()].join(', ');
  const options = { reason: 'config', retryable: false } as const;
  throw new MonitorError(`there is no probe named ${probe}; there are ${names}`, options);
}

/** One after the other: of two reloads at once the later one has the last word. */
function createTurns(): <T>(body: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (body) => {
    const turn = last.then(body);
    last = turn.catch(() => undefined);
    return turn;
  };
}

/** Probes that stay keep what is known of them; what those that went left open is judged at once. */
async function reassign(
  entries: Map<string, Entry>,
  assignments: readonly Assignment[],
  { ledger, vantage }: Pick<DaemonTools, 'ledger' | 'vantage'>,
): Promise<void> {
  const names = assignments.map(({ order }) => order.route.probe);
  const added = assignments.filter(({ order }) => !entries.has(order.route.probe));
  // All at once: they share a transaction.
  const opened = await Promise.all(added.map((assignment) => openEntry(assignment, ledger)));
  // Last of what may fail: until then all is as before.
  await ledger.retain(vantage, names);
  for (const entry of opened) entries.set(entry.assignment.order.route.probe, entry);
  for (const name of [...entries.keys()]) if (!names.includes(name)) entries.delete(name);
  for (const assignment of assignments) {
    const entry = entries.get(assignment.order.route.probe);
    if (entry !== undefined) entry.assignment = assignment;
  }
}

function readiness(tools: DaemonTools, observers: readonly ObserverStatus[]): Readiness {
  const { ledger } = tools;
  const checks = [
    {
      name: 'ledger',
      ok: ledger.isWritable(),
      detail: ledger.isWritable() ? 'can be written' : 'cannot be written: nothing is sent',
    },
    clockCheck(tools),
    ...observers.map(({ name, failure }) => ({
      name: `observer ${name}`,
      ok: failure === null,
      detail: failure === null ? 'looks succeed' : `${failure.reason}: ${failure.message}`,
    })),
  ];
  // An observer that cannot look is reported and pages by its own alert; the monitor itself is ready.
  return { ready: checks.slice(0, 2).every((check) => check.ok), checks };
}

function clockCheck({ clock, engine }: DaemonTools): Readiness['checks'][number] {
  const skewMs = clock.skewMs();
  const from = engine.judgesFrom();
  const isNear = Math.abs(skewMs) <= SKEW_LIMIT_MS;
  const detail =
    from === undefined
      ? `wall clock is ${(skewMs / 1_000).toFixed(1)} s off the steady one`
      : `at the start the wall clock was behind what the ledger knows: nothing is judged until ${new Date(from).toISOString()}`;
  return { name: 'clock', ok: isNear && from === undefined, detail };
}

interface ManualTools {
  readonly engine: Engine;
  readonly dialogues: Dialogues;
}

/** Answers once the canary is durable; its dialogue goes on. */
function launchManual(
  entry: Entry,
  deadlines: OneOffDeadlines | undefined,
  { engine, dialogues }: ManualTools,
): Promise<Canary> {
  const { signal } = dialogues;
  const { order: own } = entry.assignment;
  const order = deadlines === undefined ? own : oneOffOrder(own, deadlines);
  return new Promise((resolve, reject) => {
    const occasion = { kind: 'manual', scheduledAt: null } as const;
    const options = { signal, onLaunched: resolve };
    dialogues.track(engine.launch(order, occasion, options)).catch(reject);
  });
}
