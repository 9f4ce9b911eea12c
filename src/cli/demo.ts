import { InvalidArgumentError, type Command } from 'commander';
import type { CliContext } from './context.ts';
import type { DemoOptions } from './demo-options.ts';
import { durationOption } from './options.ts';

const EXAMPLES = `
Needs no account and no configuration, and talks to nothing outside this machine: a mail system and a helpdesk
run in this very process, and a monitor watches them. Everything is in a temporary folder that goes with it.

While it runs, type what shall go wrong and Enter: break helpdesk, lose 5%, recover, help.

Examples:
  mailcanary demo
  mailcanary demo --for 30s
  mailcanary demo --incident helpscout-2015
  mailcanary demo --incident total-outage --speed 30

An incident passes 120 times as fast as it was, or --speed times: helpscout-2015 takes half an hour. The faster, the
coarser, since computing does not get faster: canaries are then sent at longer intervals.
Exit codes: 0 it ran, 3 it could not start.
`;

export function addDemo(
  program: Command,
  context: CliContext,
  finish: (exitCode: number) => void,
): void {
  program
    .command('demo')
    .description('see it work: a mail system, a helpdesk and the monitor, in this process')
    .option('--for <duration>', 'end by itself, with a summary', durationOption)
    .option('--incident <name>', 'play an incident: a name, or a file of your own')
    .option('--speed <times>', 'of the incident, 1 to 3600', speedOption)
    .addHelpText('after', EXAMPLES)
    .action(async (options: DemoOptions) =>
      finish(await (await import('./demo-run.ts')).demo(options, context)),
    );
}

const FASTEST = 3_600;

function speedOption(text: string): number {
  const speed = Number(text);
  if (text.trim() !== '' && speed >= 1 && speed <= FASTEST) return speed;
  throw new InvalidArgumentError(`Write a number from 1 to ${FASTEST}.`);
}
