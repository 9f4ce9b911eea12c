import { createApp, type App } from '../app.ts';
import { formatDuration } from '../base/duration.ts';
import type { MonitorError } from '../base/errors.ts';
import { silentLogger } from '../base/logger.ts';
import type { Canary } from '../domain/canary.ts';
import type { LedgerEvent } from '../domain/events.ts';
import { recordOf, unlaunchedRecord, type ProbeRecord } from '../domain/record.ts';
import type { Attempt } from '../engine/launch.ts';
import {
  createFirstLook,
  exitCodeOf,
  LAST_LOOK_MS,
  probeOnce,
  worstExitCode,
} from '../engine/probe-once.ts';
import type { Order } from '../engine/order.ts';
import { failureOf, type LookReport } from '../engine/watch.ts';
import type { CliContext } from './context.ts';
import { createLive, since, type Live } from './output/live.ts';
import { renderNagios } from './output/nagios.ts';
import { createStyle } from './output/style.ts';
import { renderCanary, renderLine, renderSummary } from './output/text.ts';
import type { ProbePlan } from './plan.ts';

/** What the watcher said last; the reason why a canary could not be judged. */
interface WatchState {
  failure: MonitorError | undefined;
}

/** Carries out a plan; answers the exit code. */
export async function runProbe(plan: ProbePlan, context: CliContext): Promise<number> {
  const live = createLive(context);
  const watch: WatchState = { failure: undefined };
  const firstLook = createFirstLook();
  const talk = createTalk(plan, context, live);
  for (const warning of plan.warnings) talk(`warning: ${warning}`);
  live.waitingFor(() => `looking into ${plan.order.route.observer} ...`);
  const app = await createApp(plan.app, {
    clock: context.clock,
    random: context.random,
    logger: silentLogger,
    onAttempt: (attempt) => announce(attempt, talk),
    onLook: (report) => {
      remember(report, watch, talk);
      firstLook.heard(report);
    },
  });
  try {
    const blindness = await watchFailure(firstLook.result, watch, context);
    if (context.signal.aborted) return EXIT_INTERRUPTED;
    if (blindness !== undefined) return notLaunched(plan, blindness, { context, live });
    return await follow(plan, { context, live, app, watch, talk });
  } finally {
    live.stop();
    await app.stop();
  }
}

const EXIT_INTERRUPTED = 3;

interface RunParts {
  readonly context: CliContext;
  readonly live: Live;
  readonly app: App;
  readonly watch: WatchState;
  readonly talk: (line: string) => void;
}

async function follow(plan: ProbePlan, parts: RunParts): Promise<number> {
  const { context, live, app, watch } = parts;
  const { order, options } = plan;
  const style = createStyle(context.colour && context.isTerminal.out);
  let number = 0;
  waitingLine(plan, parts);
  app.ledger.subscribe((event) => announceLateness(event, order, parts));
  const show = (canary: Canary): void => {
    number += 1;
    const view = { canary, style, watchFailure: watch.failure };
    if (options.format === 'nagios') return;
    live.clear();
    if (options.format === 'json') {
      context.out(`${JSON.stringify(recordOf(canary, watch.failure?.reason))}\n`);
    } else context.out(options.count === 1 ? renderCanary(view) : renderLine(number, view));
    if (number < options.count) waitingLine(plan, parts);
  };
  const run = probeOnce(
    {
      order,
      count: options.count,
      intervalMs: options.interval,
      signal: context.signal,
      onEnd: show,
    },
    { ...app, clock: context.clock },
  );
  const canaries = await Promise.race([run, app.engine.crashed]);
  live.stop();
  const exitCode = worstExitCode(canaries.map(exitCodeOf));
  if (options.format === 'text' && options.count > 1) context.out(renderSummary(canaries));
  if (options.format === 'nagios') {
    const records = canaries.map((canary) => recordOf(canary, watch.failure?.reason));
    context.out(nagios(plan, records, exitCode));
  }
  return exitCode;
}

function nagios(plan: ProbePlan, records: readonly ProbeRecord[], exitCode: number): string {
  const { lateAfterMs, lostAfterMs } = plan.order.policy;
  return renderNagios({ records, exitCode, lateAfterMs, timeoutMs: lostAfterMs });
}

function waitingLine(plan: ProbePlan, parts: RunParts): void {
  const { policy } = plan.order;
  const start = parts.context.clock.now();
  const limits = `late after ${formatDuration(policy.lateAfterMs)}, lost after ${formatDuration(policy.lostAfterMs)}`;
  parts.live.waitingFor((now) => {
    const blind = parts.watch.failure === undefined ? '' : ', cannot look at present';
    return `waiting ${since(now, start)} (${limits}${blind})`;
  });
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
  return new Promise((resolve) => {
    context.signal.addEventListener('abort', () => resolve(undefined), { once: true });
  });
}

function notLaunched(
  plan: ProbePlan,
  error: MonitorError,
  parts: Pick<RunParts, 'context' | 'live'>,
): number {
  const { context, live } = parts;
  const record = unlaunchedRecord(plan.order.route.probe, error.reason);
  const exitCode = 3;
  live.stop();
  if (plan.options.format === 'json') context.out(`${JSON.stringify(record)}\n`);
  else if (plan.options.format === 'nagios') context.out(nagios(plan, [record], exitCode));
  else {
    const style = createStyle(context.colour && context.isTerminal.out);
    context.out(
      `${style.bold(style.warn('BLIND'))}  nothing was sent, since nobody could look for it\n` +
        style.dim(`  ${plan.order.route.observer}: ${error.message} (${error.reason})\n`),
    );
  }
  return exitCode;
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

/** Late and still missing: worth a line now, since the end may be far off. */
function announceLateness(event: LedgerEvent, order: Order, parts: RunParts): void {
  const { fact, launch } = event;
  if (fact.type !== 'settled' || fact.settlement.horizon === null) return;
  if (fact.settlement.verdict !== 'overdue' || launch.kind !== 'manual') return;
  const { lateAfterMs, lostAfterMs } = order.policy;
  parts.talk(
    `${launch.id} is late: not seen ${formatDuration(lateAfterMs)} after it was accepted; waiting until ${formatDuration(lostAfterMs)}`,
  );
}

function announce(attempt: Attempt, talk: (line: string) => void): void {
  const { result, retryAt } = attempt;
  if (result.type !== 'deferred' || retryAt === undefined) return;
  const at = new Date(retryAt).toISOString().slice(11, 19);
  talk(`deferred: ${result.refusal.detail}; trying again at ${at} UTC`);
}

/** Lines for people while the probe runs, on stderr. */
function createTalk(plan: ProbePlan, context: CliContext, live: Live): (line: string) => void {
  return (line) => {
    live.hide();
    context.err(`mailcanary probe ${plan.order.route.probe}: ${line}\n`);
    live.restore();
  };
}
