import { InvalidArgumentError, Option, type Command } from 'commander';
import type { CliContext } from './context.ts';
import { cadenceOption } from './options.ts';
import type { SimulateOptions } from './simulate-run.ts';

const EXAMPLES = `
The monitor itself (schedule, watch, ledger, verdicts, metrics) watches a modelled mail system on a clock that jumps:
two days take some seconds. Every verdict is held against what the model really did with the mail.

Examples:
  mailcanary simulate --list
  mailcanary simulate helpscout-2015
  mailcanary simulate one-percent --every 15s --seed 7
  mailcanary simulate helpscout-2015 --per-server --every 8m
  mailcanary simulate total-outage --rules
  mailcanary simulate total-outage --out outage && (cd outage && promtool test rules test.yml)
  mailcanary simulate ./our-incident.yaml --format json

Pages are those of the status page; --rules asks promtool (in the PATH) when the generated alert rules would have fired.
The tests of --out expect nothing, so promtool calls them failed, and what it "got" is which alerts fired, from when, until when.
Exit codes: 0 it ran and every verdict was right, 1 a verdict was wrong, 3 it could not run.
`;

export function addSimulate(
  program: Command,
  context: CliContext,
  finish: (exitCode: number) => void,
): void {
  program
    .command('simulate')
    .argument('[scenario]', 'a name, or a file of your own')
    .description(
      'play an incident on a virtual clock: when it pages, and whether each verdict is right',
    )
    .option('--list', 'the scenarios that there are')
    .addOption(
      new Option('--every <duration>', 'between two canaries of a probe')
        .argParser(cadenceOption)
        .default(60_000, '60s'),
    )
    .option(
      '--per-server',
      'a probe for each inbound server, handed over to it, instead of one for all',
    )
    .option('--seed <number>', 'of chance; the same seed gives the same run', seedOption, 1)
    .option('--rules', 'when the generated alert rules fire, by promtool')
    .option('--out <folder>', 'write rules.yml and test.yml there, for promtool')
    .addOption(
      new Option('--format <format>', 'what to print').choices(['text', 'json']).default('text'),
    )
    .addHelpText('after', EXAMPLES)
    .action(async (scenario: string | undefined, options: SimulateOptions) => {
      const { simulateCommand } = await import('./simulate-run.ts');
      finish(await simulateCommand(scenario, options, context));
    });
}

function seedOption(text: string): number {
  const seed = Number(text);
  if (/^\d{1,9}$/.test(text)) return seed;
  throw new InvalidArgumentError('Write a whole number, 0 to 999999999.');
}
