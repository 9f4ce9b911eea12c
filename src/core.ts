import { createApp, type App, type AppTools } from './app.ts';
import type { Instant } from './base/clock.ts';
import { backoffMs, type BackoffLimits } from './base/backoff.ts';
import { messageOf } from './base/errors.ts';
import { Secret } from './base/secret.ts';
import type { Config } from './config/schema.ts';
import type { LedgerEvent } from './domain/events.ts';
import type { ReloadResult } from './engine/control.ts';
import type { OnCrash } from './engine/crash.ts';
import { createDaemon, type Daemon, type TakeOver } from './engine/daemon.ts';
import { LONGEST_PAUSE_MS } from './engine/pace.ts';
import { assignmentsOf } from './assignments.ts';
import type { TotalsView } from './ledger/view.ts';
import type { LoopName } from './metrics/labels.ts';
import { createMetrics, type Metrics } from './metrics/metrics.ts';
import type { ProcessRegistry } from './metrics/process-metrics.ts';

export interface CoreTools extends Pick<
  AppTools,
  'clock' | 'random' | 'logger' | 'adapters' | 'openLedger'
> {
  readonly build: { readonly version: string; readonly revision: string; readonly node: string };
  /** Reads the configuration file again. @throws MonitorError `config` with every mistake in it. */
  readonly loadConfig: () => Promise<Config>;
  /** What the ledger had counted; asked once, when the ledger is open. */
  readonly readTotals: (onError: () => void) => Promise<TotalsView>;
  /** Process metrics; by default those of prom-client. */
  readonly registry?: ProcessRegistry;
}

/** What watches, without anything that listens: engine, schedule and metrics over one configuration. */
export interface Core {
  readonly app: App;
  readonly daemon: Daemon;
  readonly metrics: Metrics;
  readonly onCrash: OnCrash;
  /** Launches nothing more, lets dialogues end, closes the ledger. Idempotent. */
  stop(): Promise<void>;
}

const CRASH_BACKOFF: BackoffLimits = { firstMs: 1_000, maxMs: 60_000 };

/** Wires it once; nothing is launched before `daemon.start()`. When a later part fails, what was opened is closed again. */
export async function createCore(config: Config, tools: CoreTools): Promise<Core> {
  const late: Late = {};
  const closers: (() => Promise<void>)[] = [];
  const stop = async (): Promise<void> => {
    for (let close = closers.pop(); close !== undefined; close = closers.pop()) await close();
  };
  const onCrash = createCrashHandler(tools, (loop) => late.metrics?.onLoopCrash(loop));
  try {
    const app = await createApp(config, { ...tools, ...hooksOf(late), onCrash, tidies: true });
    closers.push(() => app.stop());
    const reloads = createReloads(config, tools);
    const daemon = await createDaemon({
      ...tools,
      ...app,
      observers: app.adapters.observers,
      assignments: assignmentsOf(config, config, tools.clock.now()),
      vantage: config.vantage,
      usualLoss: config.loss.usual,
      onCrash,
      onClockStep: () => late.metrics?.onClockStep(),
      reload: (takeOver) => reloads.reload(takeOver),
    });
    late.daemon = daemon;
    app.engine.reconsider();
    closers.push(() => daemon.stop());
    const readTotals = (): Promise<TotalsView> =>
      tools.readTotals(() => late.metrics?.onLedgerError('read'));
    const metrics = await openMetrics(
      { app, daemon, reloads, readTotals, switches: config.metrics },
      tools,
    );
    late.metrics = metrics;
    return { app, daemon, metrics, onCrash, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** What the engine reports to, made after it. */
interface Late {
  daemon?: Daemon;
  metrics?: Metrics;
}

function hooksOf(late: Late) {
  return {
    onAttempt: (attempt) => late.metrics?.onAttempt(attempt),
    onLedgerError: (operation) => late.metrics?.onLedgerError(operation),
    onLook: (report) => {
      late.metrics?.onLook(report);
      late.daemon?.heard(report);
    },
    onControl: (report) => {
      late.metrics?.onControl(report);
      late.daemon?.controlled(report);
    },
    lookIntervalOf: (observer) => late.daemon?.lookIntervalOf(observer) ?? LONGEST_PAUSE_MS,
    onCleanupFailure: (observer) => late.metrics?.onCleanupFailure(observer),
    wasPaused: (canary, at) => late.daemon?.wasPaused(canary, at) ?? false,
    wasRemoved: (canary) => late.daemon?.wasRemoved(canary) ?? false,
    mayJudge: () => late.daemon !== undefined,
  } satisfies Partial<AppTools>;
}

function createCrashHandler(
  { logger, random }: Pick<CoreTools, 'logger' | 'random'>,
  count: (loop: LoopName) => void,
): OnCrash {
  return (loop, error, crashes) => {
    logger.error({ loop, error, crashes }, 'loop crashed: a bug; it starts again');
    count(loop);
    return backoffMs(crashes, CRASH_BACKOFF, random);
  };
}

interface SourceParts {
  readonly app: App;
  readonly daemon: Daemon;
  readonly reloads: Reloads;
}

/** Counts from the stored totals on; what happens while those are read is counted after them. */
async function openMetrics(
  parts: SourceParts & {
    readonly readTotals: () => Promise<TotalsView>;
    readonly switches: Config['metrics'];
  },
  { clock, build, registry }: CoreTools,
): Promise<Metrics> {
  const early: LedgerEvent[] = [];
  let count = (event: LedgerEvent): void => void early.push(event);
  parts.app.ledger.subscribe((event) => count(event));
  const metrics = createMetrics({
    source: sourceOf(parts, await parts.readTotals()),
    clock,
    build,
    switches: parts.switches,
    ...(registry === undefined ? {} : { registry }),
  });
  for (const event of early) metrics.onEvent(event);
  count = (event) => metrics.onEvent(event);
  return metrics;
}

function sourceOf({ app, daemon, reloads }: SourceParts, totals: TotalsView) {
  return {
    totals,
    probes: () => daemon.probes(),
    observers: () =>
      daemon.observers().map((observer) => ({
        ...observer,
        litter: app.engine.litter(observer.name) ?? null,
      })),
    senders: () => [...app.adapters.senders.values()].map(({ name, type }) => ({ name, type })),
    lossThresholds: () => daemon.lossModel(),
    ledgerWritable: () => app.ledger.isWritable(),
    configReload: () => reloads.state(),
  };
}

interface Reloads {
  reload(takeOver: TakeOver): Promise<ReloadResult>;
  state(): { readonly successful: boolean; readonly succeededAt: Instant };
}

/** Parts of the configuration that a running monitor cannot change (semantics A12). */
const FIXED = [
  'vantage',
  'ledger',
  'tokenKeys',
  'server',
  'senders',
  'observers',
  'heartbeat',
  'loss',
  'metrics',
] as const;

/** Parts are told apart by this: secrets by their value, but for those that are read again from their files. */
function fingerprint(part: unknown): string {
  return JSON.stringify(part, function reveal(this: Record<string, unknown>, key, value: unknown) {
    const original = this[key];
    return original instanceof Secret && !original.isReread ? original.reveal() : value;
  });
}

function createReloads(running: Config, tools: CoreTools): Reloads {
  const { clock, logger } = tools;
  let state = { successful: true, succeededAt: clock.now() };
  return {
    state: () => state,
    async reload(takeOver) {
      try {
        const config = await tools.loadConfig();
        await takeOver(assignmentsOf(config, running, clock.now()));
        state = { successful: true, succeededAt: clock.now() };
        const needsRestart = FIXED.filter(
          (part) => fingerprint(config[part]) !== fingerprint(running[part]),
        );
        logger.info({ needsRestart }, 'configuration reloaded');
        return { ok: true, changed: ['probes'], needsRestart };
      } catch (error) {
        state = { ...state, successful: false };
        const problems = messageOf(error);
        logger.error({ problems }, 'configuration not reloaded: the old one stays');
        return { ok: false, problems };
      }
    },
  };
}
