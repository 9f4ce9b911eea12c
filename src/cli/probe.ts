import { Option, type Command } from 'commander';
import { messageOf } from '../base/errors.ts';
import { isTold, UsageError, type CliContext } from './context.ts';
import { adHocPlan } from './ad-hoc.ts';
import { durationOption, positiveOption } from './options.ts';
import { unknownLine } from './output/nagios.ts';
import type { ProbePlan } from './plan.ts';
import type { ProbeOptions } from './probe-options.ts';
import { runProbe } from './probe-run.ts';
import { EXIT_INTERRUPTED } from './probe-show.ts';

const EXAMPLES = `
Examples:
  mailcanary probe support
  mailcanary probe --smtp smtps://canary@smtp.example.com --from canary@example.com \\
      --to support@example.com --imap imaps://canary@mail.example.com
  mailcanary probe support --count 10 --interval 1s
  mailcanary probe support --format nagios --late-after 5m --timeout 15m

While the monitor runs, probe NAME has it launch (that needs server.access_token) and follows
the canary; Ctrl-C then ends the following only.

Passwords: MAILCANARY_SMTP_PASSWORD and MAILCANARY_IMAP_PASSWORD in the environment,
--smtp-password-file and --imap-password-file, or typed when asked.

Exit codes: 0 on time, 1 late or misfiled, 2 lost, 3 unknown (unsent, in doubt, blind, usage).
`;

export function addProbe(
  program: Command,
  context: CliContext,
  finish: (exitCode: number) => void,
): void {
  program
    .command('probe')
    .description('send one canary now, follow it, and say what became of it')
    .argument(
      '[name]',
      'a probe of the configuration; without one, give --smtp, --from, --to, --imap',
    )
    .option('-c, --config <file>', 'configuration', 'mailcanary.yaml')
    .option('--smtp <url>', 'relay to hand the mail to: smtp://host:port or smtps://host:port')
    .option('--from <address>', 'sender address')
    .option('--to <address>', 'address to test')
    .option('--imap <url>', 'mailbox to watch: imap://user@host:port or imaps://user@host:port')
    .option('--smtp-password-file <file>', 'read the relay password from a file')
    .option('--imap-password-file <file>', 'read the mailbox password from a file')
    .option('--ca-file <file>', 'CA certificate (PEM) to trust for both servers')
    .option('--plain', 'allow lines without TLS to hosts other than this one')
    .addOption(
      new Option('--headers <profile>', 'mark the mail as automatic, or not at all')
        .choices(['automatic', 'plain'])
        .default('automatic'),
    )
    .option('--count <n>', 'canaries to send', positiveOption, 1)
    .addOption(
      new Option('--interval <duration>', 'from one launch to the next')
        .argParser(durationOption)
        .default(1_000, '1s'),
    )
    .option(
      '--late-after <duration>',
      "later than this is late (default: the probe's; 60s without one)",
      durationOption,
    )
    .option('--timeout <duration>', 'missing after this is lost (default: 10m)', durationOption)
    .addOption(
      new Option('--format <format>', 'what to print')
        .choices(['text', 'json', 'nagios'])
        .default('text'),
    )
    .addHelpText('after', EXAMPLES)
    .action(async (name: string | undefined, options: ProbeOptions) => {
      context.hideArguments();
      try {
        finish(await probe(name, options, context));
      } catch (error) {
        // Nagios reads stdout only.
        if (options.format !== 'nagios' || !isTold(error)) throw error;
        context.out(unknownLine(messageOf(error)));
        finish(EXIT_INTERRUPTED);
      }
    });
}

async function probe(
  name: string | undefined,
  options: ProbeOptions,
  context: CliContext,
): Promise<number> {
  const plan = await planOf(name, options, context);
  try {
    return await runProbe(plan, context);
  } finally {
    await plan.dispose();
  }
}

async function planOf(
  name: string | undefined,
  options: ProbeOptions,
  context: CliContext,
): Promise<ProbePlan> {
  const isAdHoc = [options.smtp, options.from, options.to, options.imap].some(
    (given) => given !== undefined,
  );
  if (!isAdHoc) return (await import('./from-config.ts')).configuredPlan(name, options);
  if (name !== undefined) {
    throw new UsageError('give either the name of a probe or --smtp, --from, --to and --imap');
  }
  return adHocPlan(options, context);
}
