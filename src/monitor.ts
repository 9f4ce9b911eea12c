import { createApp, type App, type AppTools } from './app.ts';
import type { Instant } from './base/clock.ts';
import { backoffMs, type BackoffLimits } from './base/backoff.ts';
import { messageOf } from './base/errors.ts';
import { superviseLoop } from './base/loop.ts';
import { Secret } from './base/secret.ts';
import type { Config } from './config/schema.ts';
import type { LedgerEvent } from './domain/events.ts';
import type { ReloadResult } from './engine/control.ts';
import type { OnCrash } from './engine/crash.ts';
import { createDaemon, type Daemon } from './engine/daemon.ts';
import { startHeartbeat } from './engine/heartbeat.ts';
import { hookTakers } from './engine/hooks.ts';
import { LONGEST_PAUSE_MS } from './engine/pace.ts';
import { assignmentsOf } from './assignments.ts';
import type { Assignment } from './engine/roster.ts';
import type { TotalsView, View } from './ledger/view.ts';
import { openView } from './ledger/views.ts';
import type { LoopName } from './metrics/labels.ts';
import { createMetrics, type Metrics } from './metrics/metrics.ts';
import { createHookServer, type HookParts } from './server/hooks.ts';
import { createServer, type Server } from './server/server.ts';
import type { ListenAddress } from './server/socket.ts';

export interface MonitorTools extends Pick<AppTools, 'clock' | 'random' | 'logger'> {
  readonly build: { readonly version: string; readonly revision: string; readonly node: string };
  /** Reads the configuration file again. @throws MonitorError `config` with every mistake in it. */
  readonly loadConfig: () => Promise<Config>;
}

/** The daemon as a value: engine, schedule, metrics and HTTP server over one configuration. */
export interface Monitor {
  readonly daemon: Daemon;
  readonly address: ListenAddress;
  /** Where webhooks come in; undefined where none are taken. */
  readonly hooksAddress: ListenAddress | undefined;
  /** Hears each event of the ledger after its commit, with what its canary has become. Answers how to stop. */
  readonly subscribe: App['ledger']['subscribe'];
  /** Takes no requests, launches nothing more, lets dialogues end, closes the ledger. Idempotent. */
  stop(): Promise<void>;
}

const CRASH_BACKOFF: BackoffLimits = { firstMs: 1_000, maxMs: 60_000 };

/** Wires everything once. What was opened is closed again when a later part cannot start. */
export async function createMonitor(config: Config, tools: MonitorTools): Promise<Monitor> {
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
      onCrash,
      reload: () => reloads.reload(),
    });
    late.daemon = daemon;
    app.engine.reconsider();
    closers.push(() => daemon.stop());
    const view = await openView(config.ledger.url, () => late.metrics?.onLedgerError('read'));
    closers.unshift(() => view.close());
    const metrics = await openMetrics({ app, daemon, view, reloads }, tools);
    late.metrics = metrics;
    const server = createServer({
      ...tools,
      control: daemon,
      view,
      metrics,
      subscribe: (listener) => app.ledger.subscribe(listener),
      config: config.server,
    });
    closers.push(() => server.stop());
    const address = await server.start();
    const hooks = hookServer(config, { ...tools, takers: hookTakers(app.adapters.observers) });
    if (hooks !== undefined) closers.push(() => hooks.stop());
    const hooksAddress = await hooks?.start();
    daemon.start();
    closers.push(startPings(config, { daemon, metrics, onCrash }, tools));
    const subscribe: Monitor['subscribe'] = (listener) => app.ledger.subscribe(listener);
    return { daemon, address, hooksAddress, subscribe, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function hookServer(
  { server: { hooks } }: Config,
  parts: Omit<HookParts, 'config'>,
): Server | undefined {
  return hooks === undefined ? undefined : createHookServer({ ...parts, config: hooks });
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
    lookIntervalOf: (observer) => late.daemon?.lookIntervalOf(observer) ?? LONGEST_PAUSE_MS,
    onCleanupFailure: (observer) => late.metrics?.onCleanupFailure(observer),
    wasPaused: (canary, at) => late.daemon?.wasPaused(canary, at) ?? false,
    wasRemoved: (canary) => late.daemon?.wasRemoved(canary) ?? false,
  } satisfies Partial<AppTools>;
}

interface PingParts {
  readonly daemon: Daemon;
  readonly metrics: Metrics;
  readonly onCrash: OnCrash;
}

/** Answers how to stop them; none are sent where no heartbeat is configured. */
function startPings(
  { heartbeat }: Config,
  { daemon, metrics, onCrash }: PingParts,
  { clock, logger }: MonitorTools,
): () => Promise<void> {
  if (heartbeat === undefined) return () => Promise.resolve();
  const isWell = (): boolean => daemon.readiness().ready;
  const onPing = (result: 'ok' | 'error'): void => metrics.onHeartbeat(result);
  const loop = superviseLoop({
    clock,
    start: () => startHeartbeat({ clock, logger, ...heartbeat, isWell, onPing }),
    onCrash: (error, crashes) => onCrash('heartbeat', error, crashes),
  });
  return () => loop.stop();
}

function createCrashHandler(
  { logger, random }: Pick<MonitorTools, 'logger' | 'random'>,
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
  parts: SourceParts & { readonly view: View },
  { clock, build }: MonitorTools,
): Promise<Metrics> {
  const early: LedgerEvent[] = [];
  let count = (event: LedgerEvent): void => void early.push(event);
  parts.app.ledger.subscribe((event) => count(event));
  const metrics = createMetrics({
    source: sourceOf(parts, await parts.view.totals()),
    clock,
    build,
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
    ledgerWritable: () => app.ledger.isWritable(),
    configReload: () => reloads.state(),
  };
}

interface Reloads {
  reload(): Promise<ReloadResult & { readonly assignments?: readonly Assignment[] }>;
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
] as const;

/** Parts are told apart by this: secrets by their value, but for those that are read again from their files. */
function fingerprint(part: unknown): string {
  return JSON.stringify(part, function reveal(this: Record<string, unknown>, key, value: unknown) {
    const original = this[key];
    return original instanceof Secret && !original.isReread ? original.reveal() : value;
  });
}

function createReloads(running: Config, tools: MonitorTools): Reloads {
  const { clock, logger } = tools;
  let state = { successful: true, succeededAt: clock.now() };
  return {
    state: () => state,
    async reload() {
      try {
        const config = await tools.loadConfig();
        state = { successful: true, succeededAt: clock.now() };
        const needsRestart = FIXED.filter(
          (part) => fingerprint(config[part]) !== fingerprint(running[part]),
        );
        logger.info({ needsRestart }, 'configuration reloaded');
        const assignments = assignmentsOf(config, running, clock.now());
        return { ok: true, changed: ['probes'], needsRestart, assignments };
      } catch (error) {
        state = { ...state, successful: false };
        const problems = messageOf(error);
        logger.error({ problems }, 'configuration not reloaded: the old one stays');
        return { ok: false, problems };
      }
    },
  };
}
