import { Option, type Command } from 'commander';
import { messageOf } from '../base/errors.ts';
import { load } from './api.ts';
import { isTold, UsageError, type CliContext } from './context.ts';
import { durationOption } from './options.ts';
import { renderStatusJson } from './output/status-json.ts';
import { unknownLine } from './output/nagios.ts';
import { renderStatusNagios } from './output/status-nagios.ts';
import { statusExitCode } from './output/status-scale.ts';
import { renderStatus } from './output/status-text.ts';
import { createStyle } from './output/style.ts';
import { findProbe } from './known-probe.ts';
import { findFacts, type StatusFacts } from './status-facts.ts';
import type { StatusOptions } from './status-options.ts';

const EXAMPLES = `
Examples:
  mailcanary status
  mailcanary status support
  mailcanary status --watch --interval 5s
  mailcanary status support --format nagios
  mailcanary status --format json | jq '.probes[] | {name, state, lag_seconds}'

Asks the running monitor; where none answers, reads its ledger and says so. What was fine when
the monitor ended reads "unknown" then: nobody has launched or looked since.

Exit codes, the worst of all probes: 0 on time (or paused), 1 late or misfiled, 2 stalled or
mails missing, 3 unknown (blind, not sending, nothing arrived yet, no monitor).
`;

export function addStatus(
  program: Command,
  context: CliContext,
  finish: (exitCode: number) => void,
): void {
  program
    .command('status')
    .description('how the probes stand, by the running monitor or else by its ledger')
    .argument('[probe]', 'this one only')
    .option('-c, --config <file>', 'configuration', 'mailcanary.yaml')
    .addOption(
      new Option('--format <format>', 'what to print')
        .choices(['text', 'json', 'nagios'])
        .default('text'),
    )
    .option('-w, --watch', 'go on showing it, until Ctrl-C')
    .addOption(
      new Option('--interval <duration>', 'from one look to the next, with --watch')
        .argParser(durationOption)
        .default(2_000, '2s'),
    )
    .addHelpText('after', EXAMPLES)
    .action(async (probe: string | undefined, options: StatusOptions) =>
      finish(await status(probe, options, context)),
    );
}

async function status(
  probe: string | undefined,
  options: StatusOptions,
  context: CliContext,
): Promise<number> {
  if (options.watch === true && options.format === 'nagios') {
    throw new UsageError('--watch goes with text and json; Nagios asks once and again by itself');
  }
  try {
    const config = await load(options);
    if (probe !== undefined) findProbe(config, probe);
    if (options.watch === true) {
      const { watchStatus } = await import('./status-watch.ts');
      return await watchStatus({ config, probe }, options, context);
    }
    const facts = await findFacts({ config, probe }, context);
    context.out(render(facts, options, context));
    return statusExitCode(facts);
  } catch (error) {
    // Nagios reads stdout only.
    if (options.format !== 'nagios' || !isTold(error)) throw error;
    context.out(unknownLine(messageOf(error)));
    return 3;
  }
}

function render(facts: StatusFacts, options: StatusOptions, context: CliContext): string {
  switch (options.format) {
    case 'json':
      return renderStatusJson(facts);
    case 'nagios':
      return renderStatusNagios(facts);
    case 'text': {
      const style = createStyle(context.colour && context.isTerminal.out);
      return `${renderStatus(facts, { style, columns: context.screen.columns() }).join('\n')}\n`;
    }
  }
}
