import { Option, type Command } from 'commander';
import type { CliContext } from './context.ts';
import type { TidyCommandOptions } from './tidy-run.ts';

const EXAMPLES = `
Cleans up after canaries that have their verdict, as tidy: close|delete and tidy_after of each observer say.
A running monitor (mailcanary run) does so by itself; --dry-run shows beside it what is due.

Examples:
  mailcanary tidy --dry-run
  mailcanary tidy helpdesk
  mailcanary tidy --config /etc/mailcanary/mailcanary.yaml --format json

Exit codes: 0 nothing is left that was due (--dry-run: always), 1 something could not be cleaned away, 3 it could not be tried.
`;

export function addTidy(
  program: Command,
  context: CliContext,
  finish: (exitCode: number) => void,
): void {
  program
    .command('tidy')
    .description('clean up after canaries where they arrived: close or delete them')
    .argument('[observer]', 'default: all of the configuration')
    .option('-c, --config <file>', 'configuration', 'mailcanary.yaml')
    .option('--dry-run', 'only show what is due, from the ledger')
    .addOption(
      new Option('--format <format>', 'what to print').choices(['text', 'json']).default('text'),
    )
    .addHelpText('after', EXAMPLES)
    .action(async (observer: string | undefined, options: TidyCommandOptions) =>
      finish(await (await import('./tidy-run.ts')).tidy(observer, options, context)),
    );
}
