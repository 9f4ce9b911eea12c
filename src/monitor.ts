import type { App } from './app.ts';
import { superviseLoop } from './base/loop.ts';
import type { Config } from './config/schema.ts';
import { createCore, type CoreTools } from './core.ts';
import type { OnCrash } from './engine/crash.ts';
import type { Daemon } from './engine/daemon.ts';
import { startHeartbeat } from './engine/heartbeat.ts';
import { hookTakers } from './engine/hooks.ts';
import type { View } from './ledger/view.ts';
import { openView } from './ledger/views.ts';
import type { Metrics } from './metrics/metrics.ts';
import { createHookServer, type HookParts } from './server/hooks.ts';
import { createServer, type Server } from './server/server.ts';
import type { ListenAddress } from './server/socket.ts';

export type MonitorTools = Pick<CoreTools, 'clock' | 'random' | 'logger' | 'build' | 'loadConfig'>;

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

/** Wires everything once. What was opened is closed again when a later part cannot start. */
export async function createMonitor(config: Config, tools: MonitorTools): Promise<Monitor> {
  const closers: (() => Promise<void>)[] = [];
  const stop = async (): Promise<void> => {
    for (let close = closers.pop(); close !== undefined; close = closers.pop()) await close();
  };
  try {
    const opened: { view?: View } = {};
    const readTotals: CoreTools['readTotals'] = async (onError) => {
      const view = (opened.view = await openView(config.ledger.url, onError));
      closers.unshift(() => view.close()); // pages may ask it to the very end
      return view.totals();
    };
    const core = await createCore(config, { ...tools, readTotals });
    closers.push(() => core.stop());
    const { app, daemon, metrics, onCrash } = core;
    const { view } = opened;
    if (view === undefined) throw new Error('the ledger has no view');
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
