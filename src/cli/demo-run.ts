import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfig } from '../config/load.ts';
import { createMonitor } from '../monitor.ts';
import type { Addresses } from '../sandbox/sandbox.ts';
import type { Stage } from '../sandbox/stage.ts';
import { UsageError, type CliContext } from './context.ts';
import { demoConfig } from './demo-config.ts';
import { showDemo, type DemoScene } from './demo-show.ts';
import type { DemoOptions } from './demo-options.ts';
import { createLog } from './log.ts';
import { VERSION } from './version.ts';

/** Of the status page: that of a monitor by default, or the next one that is free. */
const USUAL_PORT = 9_925;
const PORTS_TRIED = 50;

/** Runs sandbox and monitor until the time is over, the incident has ended, or somebody says so. */
export async function demo(options: DemoOptions, context: CliContext): Promise<number> {
  if (options.speed !== undefined && options.incident === undefined) {
    throw new UsageError('--speed is of an incident: write --incident helpscout-2015 as well');
  }
  const { openStage } = await import('../sandbox/stage.ts');
  const { clock, random } = context;
  const logger = createLog(context, 'error');
  const { incident, speed } = options;
  const stage = await openStage({ incident, speed }, { clock, random, logger });
  if (stage.type === 'refused') throw new UsageError(stage.why);
  const closers: (() => Promise<void>)[] = [];
  // A terminal that is closed ends it as Ctrl-C does, or its folder would stay.
  const hungUp = new AbortController();
  context.onHangup(() => hungUp.abort());
  const own = { ...context, signal: AbortSignal.any([context.signal, hungUp.signal]) };
  try {
    await showDemo({ ...(await setUp(stage, own, closers)), stage, options, context: own });
    return 0;
  } finally {
    for (const close of closers.reverse()) await close();
  }
}

async function setUp(
  stage: Stage,
  context: CliContext,
  closers: (() => Promise<void>)[],
): Promise<Pick<DemoScene, 'monitor' | 'file' | 'takenPort'>> {
  const folder = await mkdtemp(join(tmpdir(), 'mailcanary-demo-'));
  closers.push(() => rm(folder, { recursive: true, force: true }));
  closers.push(() => stage.stop()); // also where the monitor does not come to stand
  const addresses: Addresses = await stage.start();
  const port = await findFreePort(USUAL_PORT);
  const word = (): string => Buffer.from(context.random.bytes(16)).toString('hex');
  const hookSecret = word();
  const tokenKey = `${word()}${word()}`;
  const file = join(folder, 'mailcanary.yaml');
  await writeFile(file, demoConfig({ stage, addresses, port, tokenKey, hookSecret }), {
    mode: 0o600,
  });
  const monitor = await createMonitor(await loadConfig(file), {
    clock: stage.clock,
    random: context.random,
    logger: createLog(context, 'error'),
    build: { version: VERSION, revision: 'demo', node: context.nodeVersion },
    loadConfig: () => loadConfig(file),
  });
  closers.push(() => monitor.stop());
  // Last in, first out: no dialogue of the monitor must wait for a mail system that hangs on purpose.
  closers.push(() => stage.stop());
  const hooks = monitor.hooksAddress;
  if (hooks !== undefined)
    stage.callHook(`http://${hooks.host}:${hooks.port}/helpdesk`, hookSecret);
  return { monitor, file, takenPort: port === USUAL_PORT ? undefined : USUAL_PORT };
}

/** `wanted`, or the next one that nobody listens on. */
async function findFreePort(wanted: number): Promise<number> {
  for (let port = wanted; port < wanted + PORTS_TRIED; port += 1) {
    if (await isFree(port)) return port;
  }
  return 0; // any
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ host: '127.0.0.1', port }, () => server.close(() => resolve(true)));
  });
}
