import type { Instant } from '../base/clock.ts';
import { formatDuration } from '../base/duration.ts';
import { MonitorError } from '../base/errors.ts';
import type { Config } from '../config/schema.ts';
import { iso } from '../domain/record.ts';
import { createApi, NoMonitorError } from './api.ts';
import { isHeld, UsageError, type CliContext } from './context.ts';
import { ObserversReply, ProbesReply, type ObserverFacts, type ProbeFacts } from './reply.ts';

/** How the probes stand, and who says so. */
export interface StatusFacts {
  /** The running monitor, or its ledger while none answers. */
  readonly source: 'monitor' | 'ledger';
  readonly at: Instant;
  /** A sentence about the source, for people. */
  readonly note: string;
  /** Of the ledger: when its writer gave the last sign of life; else null. */
  readonly lastWrittenAt: Instant | null;
  readonly probes: readonly ProbeFacts[];
  readonly observers: readonly ObserverFacts[];
}

export interface StatusQuestion {
  readonly config: Config;
  /** This probe only. */
  readonly probe: string | undefined;
}

/**
 * Asks the running monitor, and reads the ledger where none answers.
 *
 * @throws UsageError for a probe that the monitor does not know, or when there is neither monitor nor ledger.
 */
export async function findFacts(
  question: StatusQuestion,
  context: CliContext,
): Promise<StatusFacts> {
  const { config, probe } = question;
  const facts = await askMonitor(config, context).catch(async (error: unknown) => {
    if (!(error instanceof NoMonitorError) || context.signal.aborted) throw error;
    return readLedger(config, context, error);
  });
  if (probe === undefined) return facts;
  const probes = facts.probes.filter(({ name }) => name === probe);
  if (probes.length > 0) return { ...facts, probes };
  throw new UsageError(
    `the running monitor does not know ${probe} yet: have it read the configuration again (SIGHUP)`,
  );
}

async function askMonitor(config: Config, context: CliContext): Promise<StatusFacts> {
  const api = createApi(config, context);
  const { probes } = await api.get('/api/v1/probes', ProbesReply);
  const { observers } = await api.get('/api/v1/observers', ObserversReply);
  const note = `from the monitor at ${api.address}`;
  return {
    source: 'monitor',
    at: context.clock.now(),
    note,
    lastWrittenAt: null,
    probes,
    observers,
  };
}

async function readLedger(
  config: Config,
  context: CliContext,
  unanswered: NoMonitorError,
): Promise<StatusFacts> {
  const { factsOfLedger } = await import('./status-ledger.ts');
  const at = context.clock.now();
  try {
    const { lastWrittenAt, holder, probes, observers } = await factsOfLedger(config, at);
    const note = isHeld(holder, context)
      ? `from the ledger: ${unanswered.message}, although ${holder.name} has the ledger`
      : `from the ledger, ${writtenWhen(lastWrittenAt, at)}: ${unanswered.message}`;
    return {
      source: 'ledger',
      at,
      note,
      lastWrittenAt,
      probes: ProbesReply.parse({ probes }).probes,
      observers: ObserversReply.parse({ observers }).observers,
    };
  } catch (error) {
    if (!(error instanceof MonitorError)) throw error;
    throw new UsageError(`${unanswered.message}; ${error.message}`);
  }
}

/** Not when the monitor ended: check and probe write to its ledger as well. */
function writtenWhen(at: Instant | null, now: Instant): string {
  if (at === null) return 'to which nobody has written yet';
  const time = (iso(at) ?? '').slice(0, 19).replace('T', ' ');
  const ago = formatDuration(Math.max(0, Math.round((now - at) / 1_000) * 1_000));
  return `last written to at ${time} UTC (${ago} ago)`;
}
