import type { Clock } from '../base/clock.ts';
import { writeDuration } from '../base/duration.ts';
import type { MonitorError, Reason } from '../base/errors.ts';
import { startLoop } from '../base/loop.ts';
import type { Config } from '../config/schema.ts';
import { LAST_LOOK_MS } from '../engine/probe-once.ts';
import type { CanaryReport } from '../server/records.ts';
import { createApi, NoMonitorError, RefusedError, type Api } from './api.ts';
import { UsageError, type CliContext } from './context.ts';
import { createLive } from './output/live.ts';
import type { WatchFailure } from './output/text.ts';
import type { ProbePlan } from './plan.ts';
import { createShow, unlessInterrupted, type Show } from './probe-show.ts';
import { CanaryReply, LaunchReply, ObserversReply } from './reply.ts';

/** A plan for the monitor that has the ledger. */
export interface MonitorPlan {
  readonly plan: ProbePlan;
  readonly server: Config['server'];
  /** Who has it, as the ledger says. */
  readonly inUse: MonitorError;
}

/** From one question to the next while the canary is young; later a twentieth of its age. */
const FIRST_PAUSE_MS = 100;
const LAST_PAUSE_MS = 2_000;
const OBSERVER_PAUSE_MS = 1_000;
/** A monitor that restarts meanwhile goes on with the canary: its ledger knows it. */
const PATIENCE_MS = 60_000;

interface Parts {
  readonly plan: ProbePlan;
  readonly context: CliContext;
  readonly api: Api;
  readonly watch: { failure: WatchFailure | undefined; hasLooked: boolean };
  readonly show: Show;
}

/**
 * Has the running monitor launch, since it has the ledger, and follows (semantics
 * A9); answers the exit code. Whatever ends this process, the canary goes on.
 */
export async function probeByMonitor(order: MonitorPlan, context: CliContext): Promise<number> {
  const { plan, server, inUse } = order;
  const api = createApi({ server }, context);
  const live = createLive(context);
  const watch: Parts['watch'] = { failure: undefined, hasLooked: false };
  const show = createShow({ plan, context, live, watchFailure: () => watch.failure });
  const parts = { plan, context, api, watch, show };
  live.waitingFor(() => `asking the monitor at ${api.address} ...`);
  try {
    const blindness = await unlessInterrupted(firstFailure(parts), context);
    if (blindness !== undefined) return show.notLaunched(blindness);
    return await launchAndFollow(parts);
  } catch (error) {
    if (!(error instanceof NoMonitorError)) throw error;
    throw new UsageError(`${inUse.message}; ${error.message}`);
  } finally {
    live.stop();
  }
}

async function launchAndFollow(parts: Parts): Promise<number> {
  const { plan, context, show } = parts;
  const { count, interval } = plan.options;
  const { signal, clock } = context;
  const runs: Promise<CanaryReport | undefined>[] = [];
  show.waiting();
  const observing = startLoop({ clock, round: () => observeFailure(parts) });
  try {
    for (let index = 0; index < count && !signal.aborted; index += 1) {
      const id = await launch(parts);
      if (index === 0) show.talk(`launched by the monitor at ${parts.api.address}`);
      const run = follow(id, parts);
      run.catch(() => undefined); // heard below, after the later launches
      runs.push(run);
      if (index < count - 1) await clock.sleep(interval, signal);
    }
    const reports = await Promise.all(runs);
    return show.finish(reports.filter((report) => report !== undefined));
  } finally {
    await observing.stop();
  }
}

/** Its id. */
async function launch({ plan, api }: Parts): Promise<string> {
  const { route, policy } = plan.order;
  const body = {
    late_after: writeDuration(policy.lateAfterMs),
    timeout: writeDuration(policy.lostAfterMs),
  };
  try {
    const path = `/api/v1/probes/${encodeURIComponent(route.probe)}/launch`;
    return (await api.post(path, body, LaunchReply)).id;
  } catch (error) {
    if (!(error instanceof RefusedError) || error.status !== 404) throw error;
    throw new UsageError(
      `the running monitor does not know ${route.probe} yet: have it read the configuration again (SIGHUP)`,
    );
  }
}

/** Until it is decided, or somebody stops us: then with what is known. */
async function follow(id: string, parts: Parts): Promise<CanaryReport | undefined> {
  const { context, api, show } = parts;
  const { clock, signal } = context;
  const isStopped = (): boolean => signal.aborted;
  const start = clock.now();
  const heard = { at: start, isLate: false };
  let report: CanaryReport | undefined;
  while (!isStopped()) {
    try {
      report = await api.get(`/api/v1/canaries/${id}`, CanaryReply);
      heard.at = clock.now();
    } catch (error) {
      if (isStopped()) break;
      if (!mayPass(error) || clock.now() - heard.at > PATIENCE_MS) throw error;
    }
    if (report !== undefined && report.outcome !== null) break;
    if (report?.verdict === 'overdue' && !heard.isLate) {
      heard.isLate = true;
      show.late(id);
    }
    await clock.sleep(pauseMs(clock, start), signal);
  }
  if (report?.outcome == null) {
    show.talk(
      `not followed any longer; the monitor goes on with it: http://${api.address}/canary/${id}`,
    );
  }
  if (report === undefined) return undefined;
  const said = { ...report, reason: await reasonOf(report, parts) };
  show.canary(said);
  return said;
}

/** A monitor that restarts, or whose ledger cannot be read for a moment. */
function mayPass(error: unknown): boolean {
  if (error instanceof RefusedError) return error.status >= 500;
  return error instanceof NoMonitorError;
}

function pauseMs(clock: Clock, start: number): number {
  return Math.min(LAST_PAUSE_MS, Math.max(FIRST_PAUSE_MS, (clock.now() - start) / 20));
}

/** The record of a blind one has none: it is the observer's. */
async function reasonOf(report: CanaryReport, parts: Parts): Promise<Reason | null> {
  if (report.outcome !== 'blind') return report.reason;
  await observeFailure(parts);
  return parts.watch.failure?.reason ?? report.reason;
}

/** Asks how the last look went, and says so when that changed; answers when to ask again. */
async function observeFailure(parts: Parts): Promise<number> {
  try {
    await askFailure(parts);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error; // whoever follows says it
  }
  return OBSERVER_PAUSE_MS;
}

async function askFailure({ api, watch, show, plan }: Parts): Promise<void> {
  const before = watch.failure;
  const { observer } = plan.order.route;
  const { observers } = await api.get('/api/v1/observers', ObserversReply);
  const own = observers.find(({ name }) => name === observer);
  watch.failure = own?.failure ?? undefined;
  watch.hasLooked = own !== undefined && own.last_look_at !== null;
  if (watch.failure !== undefined && watch.failure.message !== before?.message) {
    show.talk(`cannot look into ${observer}: ${watch.failure.message} (${watch.failure.reason})`);
  } else if (before !== undefined && watch.failure === undefined) {
    show.talk(`can look into ${observer} again`);
  }
}

/** What does not pass by itself. */
const LASTING: ReadonlySet<Reason> = new Set(['auth', 'tls', 'config']);
const NO_LOOK: WatchFailure = { reason: 'timeout', message: 'no look has ended yet' };

/** Whether waiting would tell no more: a look succeeded, or failed in a way that does not pass. */
function isSure({ failure, hasLooked }: Parts['watch']): boolean {
  return failure === undefined ? hasLooked : LASTING.has(failure.reason);
}

/** As for a launch of our own: nothing is sent while nobody can look; what can pass gets some time to. */
async function firstFailure(parts: Parts): Promise<WatchFailure | undefined> {
  const { watch, context } = parts;
  await askFailure(parts);
  const giveUpAt = context.clock.now() + LAST_LOOK_MS;
  while (!isSure(watch)) {
    if (context.signal.aborted || context.clock.now() >= giveUpAt) break;
    await context.clock.sleep(OBSERVER_PAUSE_MS / 2, context.signal);
    await observeFailure(parts);
  }
  return watch.failure ?? (watch.hasLooked ? undefined : NO_LOOK);
}
