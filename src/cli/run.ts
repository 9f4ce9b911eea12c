import { whenAborted } from '../base/abort.ts';
import type { Command } from 'commander';
import type { CliContext } from './context.ts';
import { REVISION, VERSION } from './version.ts';

interface RunOptions {
  readonly config: string;
  readonly logLevel: string;
}

const EXAMPLES = `
Examples:
  mailcanary run
  mailcanary run --config /etc/mailcanary/mailcanary.yaml

SIGHUP reads the configuration again; SIGTERM ends within 10 seconds.
`;

export function addRun(
  program: Command,
  context: CliContext,
  finish: (exitCode: number) => void,
): void {
  program
    .command('run')
    .description('the daemon: launch on schedule, watch, judge, export metrics and a status page')
    .option('-c, --config <file>', 'configuration', 'mailcanary.yaml')
    .option('--log-level <level>', 'debug, info, warn or error', 'info')
    .addHelpText('after', EXAMPLES)
    .action(async (options: RunOptions) => finish(await run(options, context)));
}

async function run(options: RunOptions, context: CliContext): Promise<number> {
  const { loadConfig } = await import('../config/load.ts');
  const { createMonitor } = await import('../monitor.ts');
  const { createLog } = await import('./log.ts');
  const { clock, random, signal } = context;
  const hangups = createHangups(context);
  const config = await loadConfig(options.config);
  const logger = createLog(context, options.logLevel);
  const monitor = await createMonitor(config, {
    clock,
    random,
    logger,
    build: { version: VERSION, revision: REVISION, node: context.nodeVersion },
    loadConfig: () => loadConfig(options.config),
  });
  const { host, port } = monitor.address;
  const hooks = monitor.hooksAddress;
  logger.info(
    { host, port, ...(hooks && { hooks }), probes: config.probes.length, version: VERSION },
    'monitor started',
  );
  hangups.serve(() => void monitor.daemon.reload());
  try {
    await whenAborted(signal);
    logger.info({}, 'monitor stopping');
  } finally {
    await monitor.stop();
    logger.info({}, 'monitor stopped');
  }
  return 0;
}

/** Unheard, a SIGHUP would end the process: one that comes while it starts is served after that. */
function createHangups({ onHangup }: Pick<CliContext, 'onHangup'>): {
  readonly serve: (reload: () => void) => void;
} {
  let isPending = false;
  let hear = (): void => void (isPending = true);
  onHangup(() => hear());
  return {
    serve(reload) {
      hear = reload;
      if (isPending) reload();
    },
  };
}
