import { Option, type Command } from 'commander';
import { formatDuration } from '../base/duration.ts';
import { messageOf } from '../base/errors.ts';
import { load, request, type Common } from './api.ts';
import { UsageError, type CliContext } from './context.ts';
import { durationOption } from './options.ts';

/** Commands that ask or tell a running monitor, by its HTTP API. */
export function addAsk(
  program: Command,
  context: CliContext,
  finish: (exitCode: number) => void,
): void {
  program
    .command('health')
    .description('whether the running monitor lives and is ready; for HEALTHCHECK')
    .option('-c, --config <file>', 'configuration', 'mailcanary.yaml')
    .action(async (options: Common) => finish(await health(options, context)));
  program
    .command('status')
    .description('how the probes of the running monitor stand')
    .option('-c, --config <file>', 'configuration', 'mailcanary.yaml')
    .addOption(
      new Option('--format <format>', 'what to print').choices(['text', 'json']).default('text'),
    )
    .action(async (options: Common & { readonly format: string }) =>
      finish(await (await import('./status.ts')).status(options, context)),
    );
  program
    .command('pause')
    .description('launch nothing for a probe for a while')
    .argument('<probe>')
    .requiredOption('--for <duration>', 'how long', durationOption)
    .requiredOption('--reason <text>', 'why, for those who see it')
    .option('-c, --config <file>', 'configuration', 'mailcanary.yaml')
    .action(async (probe: string, options: Common & { for: number; reason: string }) => {
      const body = { for: `${Math.ceil(options.for / 1_000)}s`, reason: options.reason };
      await command({ options, context, path: `probes/${probe}/pause`, body });
      context.out(`${probe} is paused for ${formatDuration(options.for)}\n`);
    });
  program
    .command('resume')
    .description('end the pause of a probe')
    .argument('<probe>')
    .option('-c, --config <file>', 'configuration', 'mailcanary.yaml')
    .action(async (probe: string, options: Common) => {
      await command({ options, context, path: `probes/${probe}/resume`, body: {} });
      context.out(`${probe} launches again\n`);
    });
}

async function health(options: Common, context: CliContext): Promise<number> {
  const config = await load(options);
  try {
    const response = await request({ config, context, path: '/readyz' });
    context.out(response.ok ? 'ready\n' : `not ready: ${await response.text()}\n`);
    return response.ok ? 0 : 1;
  } catch (error) {
    context.err(`mailcanary: ${messageOf(error)}\n`);
    return 1;
  }
}

async function command(parts: {
  readonly options: Common;
  readonly context: CliContext;
  readonly path: string;
  readonly body: object;
}): Promise<void> {
  const { options, context, body } = parts;
  const config = await load(options);
  const path = `/api/v1/${parts.path}`;
  const response = await request({ config, context, path, body });
  if (!response.ok) throw new UsageError(`the monitor refused: ${await response.text()}`);
}
