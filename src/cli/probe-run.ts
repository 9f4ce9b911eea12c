import { createApp, type App } from '../app.ts';
import { whenAborted } from '../base/abort.ts';
import { MonitorError } from '../base/errors.ts';
import { silentLogger } from '../base/logger.ts';
import type { LedgerEvent } from '../domain/events.ts';
import type { Attempt } from '../engine/launch.ts';
import { createFirstLook, LAST_LOOK_MS, probeOnce } from '../engine/probe-once.ts';
import { failureOf, type LookReport } from '../engine/watch.ts';
import type { CliContext } from './context.ts';
import { createLive, type Live } from './output/live.ts';
import type { ProbePlan } from './plan.ts';
import { createShow, reportOf, unlessInterrupted, type Show } from './probe-show.ts';

/** What the watcher said last; the reason why a canary could not be judged. */
interface WatchState {
  failure: MonitorError | undefined;
}

/** Carries out a plan, or lets the running monitor do it; answers the exit code. */
export async function runProbe(plan: ProbePlan, context: CliContext): Promise<number> {
  const live = createLive(context);
  const watch: WatchState = { failure: undefined };
  const firstLook = createFirstLook();
  const show = createShow({ plan, context, live, watchFailure: () => watch.failure });
  const talk = (line: string): void => show.talk(line);
  for (const warning of plan.warnings) talk(`warning: ${warning}`);
  live.waitingFor(() => `looking into ${plan.order.route.observer} ...`);
  let app: App;
  try {
    app = await createApp(plan.app, {
      clock: context.clock,
      random: context.random,
      logger: silentLogger,
      onAttempt: (attempt) => announce(attempt, talk),
      onLook: (report) => {
        remember(report, watch, talk);
        firstLook.heard(report);
      },
    });
  } catch (error) {
    live.stop();
    if (plan.server === undefined || !isInUse(error)) throw error;
    const { probeByMonitor } = await import('./probe-monitor.ts');
    return probeByMonitor({ plan, server: plan.server, inUse: error }, context);
  }
  try {
    const blindness = await unlessInterrupted(
      watchFailure(firstLook.result, watch, context),
      context,
    );
    if (blindness !== undefined) return show.notLaunched(blindness);
    return await follow(plan, { context, live, app, watch, show });
  } finally {
    live.stop();
    await app.stop();
  }
}

/** Another process writes to the ledger. */
function isInUse(error: unknown): error is MonitorError {
  return error instanceof MonitorError && error.reason === 'ledger' && error.retryable;
}

interface RunParts {
  readonly context: CliContext;
  readonly live: Live;
  readonly app: App;
  readonly watch: WatchState;
  readonly show: Show;
}

async function follow(plan: ProbePlan, parts: RunParts): Promise<number> {
  const { context, app, watch, show } = parts;
  const { order, options } = plan;
  show.waiting();
  app.ledger.subscribe((event) => announceLateness(event, show));
  const run = probeOnce(
    {
      order,
      count: options.count,
      intervalMs: options.interval,
      signal: context.signal,
      onEnd: (canary) => show.canary(reportOf(canary, watch.failure?.reason)),
    },
    { ...app, clock: context.clock },
  );
  const canaries = await Promise.race([run, app.engine.crashed]);
  return show.finish(canaries.map((canary) => reportOf(canary, watch.failure?.reason)));
}

/**
 * Nothing is launched before somebody can watch: an arrival could be missed,
 * and the mail would be litter. A failure that can pass gets some time to.
 */
async function watchFailure(
  firstLook: Promise<MonitorError | undefined>,
  watch: WatchState,
  context: CliContext,
): Promise<MonitorError | undefined> {
  const first = await Promise.race([firstLook, stopped(context)]);
  if (first?.retryable !== true) return first;
  const giveUpAt = context.clock.now() + LAST_LOOK_MS;
  while (watch.failure?.retryable === true && context.clock.now() < giveUpAt) {
    if (context.signal.aborted) return undefined;
    await context.clock.sleep(RECHECK_MS, context.signal);
  }
  return watch.failure;
}

const RECHECK_MS = 50;

function stopped(context: CliContext): Promise<undefined> {
  return whenAborted(context.signal).then(() => undefined);
}

function remember(report: LookReport, watch: WatchState, talk: (line: string) => void): void {
  const before = watch.failure;
  watch.failure = failureOf(report);
  if (watch.failure !== undefined && watch.failure.message !== before?.message) {
    talk(`cannot look into ${report.observer}: ${watch.failure.message} (${watch.failure.reason})`);
  } else if (before !== undefined && watch.failure === undefined) {
    talk(`can look into ${report.observer} again`);
  }
}

function announceLateness({ fact, launch }: LedgerEvent, show: Show): void {
  if (fact.type !== 'settled' || fact.settlement.horizon === null) return;
  if (fact.settlement.verdict !== 'overdue' || launch.kind !== 'manual') return;
  show.late(launch.id);
}

function announce(attempt: Attempt, talk: (line: string) => void): void {
  const { result, retryAt } = attempt;
  if (result.type !== 'deferred' || retryAt === undefined) return;
  const at = new Date(retryAt).toISOString().slice(11, 19);
  talk(`deferred: ${result.refusal.detail}; trying again at ${at} UTC`);
}
