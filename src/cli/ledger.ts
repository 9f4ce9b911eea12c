import { Option, type Command } from 'commander';
import type { Audit } from '../ledger/audit.ts';
import { load, type Common } from './api.ts';
import { isHeld, type CliContext } from './context.ts';
import { createStyle, table, type Style } from './output/style.ts';

interface LedgerOptions extends Common {
  readonly format: 'text' | 'json';
}

const BACKUP_EXAMPLES = `
Examples:
  mailcanary ledger backup /var/backups/mailcanary-$(date +%F).db

A consistent copy, also while the monitor runs; never plain cp, which misses the write-ahead log.
It is read again and checked, then gets its name; an existing file is not overwritten.
It holds the tokens of all canaries: only its owner can read it (mode 0600).
To restore: stop the monitor, put the copy where ledger.url says, remove FILE-wal and FILE-shm.
`;

const CHECK_EXAMPLES = `
Examples:
  mailcanary ledger check
  mailcanary ledger check --format json

Reads everything once and changes nothing, also while the monitor runs.
Exit codes: 0 sound, 2 damaged or books that do not balance, 3 not readable (missing, or of a
newer program).
`;

export function addLedger(
  program: Command,
  context: CliContext,
  finish: (exitCode: number) => void,
): void {
  const ledger = program.command('ledger').description('copy the ledger, or check it');
  common(ledger.command('backup'))
    .description('write a consistent copy of the ledger, also while the monitor runs')
    .argument('<file>', 'must not exist yet')
    .addHelpText('after', BACKUP_EXAMPLES)
    .action((file: string, options: LedgerOptions) => backup(file, options, context));
  common(ledger.command('check'))
    .description('whether the file is whole, its schema is known, and its books balance')
    .addHelpText('after', CHECK_EXAMPLES)
    .action(async (options: LedgerOptions) => finish(await check(options, context)));
}

function common(command: Command): Command {
  return command
    .option('-c, --config <file>', 'configuration', 'mailcanary.yaml')
    .addOption(
      new Option('--format <format>', 'what to print').choices(['text', 'json']).default('text'),
    );
}

async function backup(file: string, options: LedgerOptions, context: CliContext): Promise<void> {
  const { ledger } = await load(options);
  const { backupLedger } = await import('../ledger/upkeep.ts');
  const made = await backupLedger(ledger.url, file);
  const size = `${Math.ceil(made.bytes / 1_024).toLocaleString('en')} KiB`;
  const count = made.canaries.toLocaleString('en');
  context.out(
    options.format === 'json'
      ? `${JSON.stringify(made)}\n`
      : `${made.file}: ${count} ${made.canaries === 1 ? 'canary' : 'canaries'}, ${size}, read again and whole\n`,
  );
}

const SOUND = 0;
const UNSOUND = 2;

async function check(options: LedgerOptions, context: CliContext): Promise<number> {
  const { ledger } = await load(options);
  const { auditLedger } = await import('../ledger/upkeep.ts');
  const audit = await auditLedger(ledger.url);
  const holder = isHeld(audit.holder, context) ? audit.holder : undefined;
  const isSound = audit.findings.every(({ ok }) => ok);
  if (options.format === 'json') {
    const { ledger: name, findings } = audit;
    const facts = {
      ok: isSound,
      ledger: name,
      findings,
      in_use_by: holder?.pid ?? holder?.name ?? null,
    };
    context.out(`${JSON.stringify(facts)}\n`);
  } else {
    const style = createStyle(context.colour && context.isTerminal.out);
    context.out(asText(audit, style));
    if (holder !== undefined) context.out(style.dim(`in use by ${holder.name}\n`));
    if (!isSound) context.out(`\n${ADVICE}`);
  }
  return isSound ? SOUND : UNSOUND;
}

/** Said once, whatever is wrong. */
const ADVICE = `Nothing was changed. Keep the file, and put the latest good backup in its place
(mailcanary ledger backup --help), or move it away and begin anew: counters then begin at 0.
`;

function asText({ ledger, findings }: Audit, style: Style): string {
  const rows = table(findings.map(({ ok, what, summary }) => [ok ? 'ok' : 'FAIL', what, summary]));
  const lines = rows.map((row, index) =>
    findings[index]?.ok === true
      ? row.replace(/^ok/, style.good('ok'))
      : row.replace(/^FAIL/, style.bad('FAIL')),
  );
  return `${style.bold(ledger)}\n${lines.join('\n')}\n`;
}
