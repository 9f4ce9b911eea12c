import { formatDuration } from '../base/duration.ts';
import type { Reason } from '../base/errors.ts';
import type { Canary } from '../domain/canary.ts';
import { recordOf, unlaunchedRecord, type ProbeRecord } from '../domain/record.ts';
import { exitCodeOfReading, worstExitCode } from '../engine/probe-once.ts';
import { canaryRecord, type CanaryReport } from '../server/records.ts';
import { UsageError, type CliContext } from './context.ts';
import { since, type Live } from './output/live.ts';
import { renderNagios } from './output/nagios.ts';
import { createStyle } from './output/style.ts';
import { renderCanary, renderLine, renderSummary, type WatchFailure } from './output/text.ts';
import type { ProbePlan } from './plan.ts';

export const EXIT_INTERRUPTED = 3;

/** What is found out before the launch. @throws UsageError when Ctrl-C came first */
export async function unlessInterrupted<T>(
  finding: Promise<T>,
  { signal }: Pick<CliContext, 'signal'>,
): Promise<T> {
  try {
    const found = await finding;
    if (!signal.aborted) return found;
  } catch (error) {
    if (!signal.aborted) throw error;
  }
  throw new UsageError('interrupted: nothing was sent');
}

/** How a probe is told of, whoever carries it out: this process, or the running monitor. */
export interface Show {
  /** A line for people, on stderr. */
  talk(line: string): void;
  /** The line on a terminal that says what is waited for. */
  waiting(): void;
  /** What became of one canary. */
  canary(report: CanaryReport): void;
  /** The end of all; answers the exit code. */
  finish(reports: readonly CanaryReport[]): number;
  /** Nobody can look, so nothing was sent; answers the exit code. */
  notLaunched(failure: WatchFailure): number;
  /** Past its deadline and still missing: worth a line now, since the end may be far off. */
  late(id: string): void;
}

export interface ShowParts {
  readonly plan: ProbePlan;
  readonly context: CliContext;
  readonly live: Live;
  /** Why looks fail at present. */
  readonly watchFailure: () => WatchFailure | undefined;
}

export function createShow(parts: ShowParts): Show {
  const { plan, context, live, watchFailure } = parts;
  const { options } = plan;
  const { lateAfterMs, lostAfterMs } = plan.order.policy;
  const style = createStyle(context.colour && context.isTerminal.out);
  let number = 0;
  const talk = (line: string): void => {
    live.hide();
    context.err(`mailcanary probe ${plan.order.route.probe}: ${line}\n`);
    live.restore();
  };
  const waiting = (): void => waitingLine(parts);
  return {
    talk,
    waiting,
    canary(report) {
      number += 1;
      if (options.format === 'nagios') return;
      const view = { report, style, watchFailure: watchFailure() };
      live.clear();
      if (options.format === 'json') context.out(`${JSON.stringify(probeRecordOf(report))}\n`);
      else context.out(options.count === 1 ? renderCanary(view) : renderLine(number, view));
      if (number < options.count) waiting();
    },
    finish(reports) {
      live.stop();
      const exitCode = worstExitCode(
        reports.map((report) => exitCodeOfReading(report.outcome ?? undefined)),
      );
      if (options.format === 'text' && options.count > 1) context.out(renderSummary(reports));
      if (options.format === 'nagios') context.out(nagios(plan, reports, exitCode));
      return exitCode;
    },
    notLaunched(failure) {
      live.stop();
      notLaunched(parts, failure);
      return EXIT_INTERRUPTED;
    },
    late(id) {
      const [late, lost] = [lateAfterMs, lostAfterMs].map(formatDuration);
      talk(
        `${id} is late: not seen ${late ?? ''} after it was accepted; waiting until ${lost ?? ''}`,
      );
    },
  };
}

/** Of a canary of this process; `reason`: why nobody could look. */
export function reportOf(canary: Canary, reason: Reason | undefined): CanaryReport {
  return { ...canaryRecord(canary), ...recordOf(canary, reason) };
}

/** Exactly the object of design.md section 7. */
function probeRecordOf(report: CanaryReport): ProbeRecord {
  return {
    probe: report.probe,
    id: report.id,
    outcome: report.outcome,
    verdict: report.verdict,
    reason: report.reason,
    sent_at: report.sent_at,
    accepted_at: report.accepted_at,
    ingested_at: report.ingested_at,
    observed_at: report.observed_at,
    latency_seconds: report.latency_seconds,
    latency_error_seconds: report.latency_error_seconds,
    place: report.place,
    duplicates: report.duplicates,
    queue_id: report.queue_id,
    hops: report.hops,
  };
}

function nagios(plan: ProbePlan, records: readonly ProbeRecord[], exitCode: number): string {
  const { lateAfterMs, lostAfterMs } = plan.order.policy;
  return renderNagios({ records, exitCode, lateAfterMs, timeoutMs: lostAfterMs });
}

function waitingLine({ plan, context, live, watchFailure }: ShowParts): void {
  const { policy } = plan.order;
  const start = context.clock.now();
  const limits = `late after ${formatDuration(policy.lateAfterMs)}, lost after ${formatDuration(policy.lostAfterMs)}`;
  live.waitingFor((now) => {
    const blind = watchFailure() === undefined ? '' : ', cannot look at present';
    return `waiting ${since(now, start)} (${limits}${blind})`;
  });
}

function notLaunched({ plan, context }: ShowParts, failure: WatchFailure): void {
  const { probe, observer } = plan.order.route;
  const record = unlaunchedRecord(probe, failure.reason);
  if (plan.options.format === 'json') context.out(`${JSON.stringify(record)}\n`);
  else if (plan.options.format === 'nagios') context.out(nagios(plan, [record], EXIT_INTERRUPTED));
  else {
    const style = createStyle(context.colour && context.isTerminal.out);
    context.out(
      `${style.bold(style.warn('BLIND'))}  nothing was sent, since nobody could look for it\n` +
        style.dim(`  ${observer}: ${failure.message} (${failure.reason})\n`),
    );
  }
}
