import { Command, CommanderError } from 'commander';
import { messageOf } from '../base/errors.ts';
import { isTold, type CliContext } from './context.ts';
import { addAlertmanager } from './alertmanager.ts';
import { addPlan } from './cadence-plan.ts';
import { addCheck } from './check.ts';
import { addDashboards } from './dashboards.ts';
import { addProbe } from './probe.ts';
import { addRules } from './rules.ts';
import { addSimulate } from './simulate.ts';
import { addRun } from './run.ts';
import { addDemo } from './demo.ts';
import { addLedger } from './ledger.ts';
import { addStatus } from './status.ts';
import { addTell } from './tell.ts';
import { addTidy } from './tidy.ts';
import { VERSION } from './version.ts';

/** What went wrong is unknown to the outside: Nagios's UNKNOWN. */
export const EXIT_UNKNOWN = 3;

/** Runs a command line (without node and script); answers the exit code. */
export async function runCli(args: readonly string[], context: CliContext): Promise<number> {
  let exitCode = 0;
  const finish = (code: number): void => {
    exitCode = code;
  };
  const program = createProgram(context);
  addProbe(program, context, finish);
  addDemo(program, context, finish);
  addCheck(program, context, finish);
  addRun(program, context, finish);
  addStatus(program, context, finish);
  addTell(program, context, finish);
  addTidy(program, context, finish);
  addLedger(program, context, finish);
  addRules(program, context);
  addSimulate(program, context, finish);
  addAlertmanager(program, context);
  addPlan(program, context);
  addDashboards(program, context);
  for (const command of program.commands) pointToHelp(command);
  try {
    await program.parseAsync([...args], { from: 'user' });
    return exitCode;
  } catch (error) {
    return failed(error, context);
  }
}

function createProgram(context: CliContext): Command {
  return new Command('mailcanary')
    .description('Measures whether mail to a support address becomes a ticket, and how late.')
    .version(VERSION, '-V, --version')
    .configureOutput({ writeOut: context.out, writeErr: context.err })
    .configureHelp({ showGlobalOptions: true })
    .showHelpAfterError('(mailcanary --help lists the commands)')
    .exitOverride();
}

/** A slip of the pen is answered with the help that would have told. */
function pointToHelp(command: Command, path = 'mailcanary'): void {
  const own = `${path} ${command.name()}`;
  command.showHelpAfterError(`(${own} --help shows what it takes)`);
  for (const part of command.commands) pointToHelp(part, own);
}

function failed(error: unknown, context: CliContext): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : EXIT_UNKNOWN;
  if (isTold(error)) {
    context.err(`mailcanary: ${messageOf(error)}\n`);
    return EXIT_UNKNOWN;
  }
  throw error;
}
