import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { Option, type Command } from 'commander';
import { messageOf, MonitorError } from '../base/errors.ts';
import { silentLogger } from '../base/logger.ts';
import type { Config } from '../config/schema.ts';
import type { LedgerTools } from '../ledger/durable.ts';
import { nameOfLedger, type LedgerUrl } from '../ledger/url.ts';
import type { CheckFacts } from './check-observer.ts';
import type { CliContext } from './context.ts';
import { durationOption } from './options.ts';
import { checkJson } from './output/check-json.ts';
import { renderCheck, type Finding } from './output/check.ts';
import { createStyle } from './output/style.ts';

interface CheckOptions {
  readonly config: string;
  readonly launch?: true;
  readonly timeout: number;
  readonly format: 'text' | 'json';
}

const EXAMPLES = `
Examples:
  mailcanary check
  mailcanary check --config /etc/mailcanary/mailcanary.yaml --format json
  mailcanary check --launch        # one canary of each header profile for each probe: where do they end?

Exit codes: 0 everything works, 3 something does not.
`;

export function addCheck(
  program: Command,
  context: CliContext,
  finish: (exitCode: number) => void,
): void {
  program
    .command('check')
    .description('validate the configuration, then log in everywhere and say what works')
    .option('-c, --config <file>', 'configuration', 'mailcanary.yaml')
    .option(
      '--launch',
      'send a canary of each header profile for each probe, and say where it ended',
    )
    .addOption(
      new Option('--timeout <duration>', 'how long such a canary is waited for')
        .argParser(durationOption)
        .default(120_000, '2m'),
    )
    .addOption(
      new Option('--format <format>', 'what to print').choices(['text', 'json']).default('text'),
    )
    .addHelpText('after', EXAMPLES)
    .action(async (options: CheckOptions) => {
      const findings = await check(options, context);
      const style = createStyle(context.colour && context.isTerminal.out);
      const look = { style, columns: context.screen.columns() };
      context.out(
        options.format === 'json'
          ? checkJson(findings)
          : `${renderCheck(findings, look).join('\n')}\n`,
      );
      finish(findings.every((finding) => finding.ok) ? 0 : 3);
    });
}

async function check(options: CheckOptions, context: CliContext): Promise<readonly Finding[]> {
  const path = options.config;
  const { loadConfig } = await import('../config/load.ts');
  const { createAdapters } = await import('../app.ts');
  const { formatProblem } = await import('../config/problems.ts');
  const config = await loadConfig(path);
  const { clock, random, signal } = context;
  const tools = { clock, random, logger: silentLogger };
  const adapters = await createAdapters(config, tools);
  const count = config.probes.length;
  const names = config.probes.map((probe) => probe.name).join(', ');
  const summary = `${count} ${count === 1 ? 'probe' : 'probes'}: ${names}`;
  const warnings = config.warnings.map((warning) => formatProblem(warning, path));
  const { intervalsOf } = await import('../assignments.ts');
  const { checkObserver } = await import('./check-observer.ts');
  const intervals = intervalsOf(config);
  try {
    const findings = await Promise.all([
      attempt('config', path, () => Promise.resolve({ summary, warnings })),
      attempt('ledger', nameOfLedger(config.ledger.url), () => tryLedger(config.ledger.url, tools)),
      ...[...adapters.senders].map(([name, sender]) =>
        attempt('sender', name, () => sender.check(signal)),
      ),
      ...[...adapters.observers].map(([name, observer]) =>
        attempt('observer', name, () => checkObserver(observer, { config, intervals }, context)),
      ),
      ...alerting(config, context).map(([what, name, body]) => attempt(what, name, body)),
    ]);
    const isLaunch = options.launch === true && findings.every(({ ok }) => ok);
    return isLaunch ? [...findings, ...(await landings(config, options, context))] : findings;
  } finally {
    await adapters.close();
  }
}

/** Only when all else works: otherwise nobody could say where the canaries ended. */
async function landings(
  config: Config,
  { timeout }: CheckOptions,
  context: CliContext,
): Promise<readonly Finding[]> {
  const { launchEach } = await import('./check-launch.ts');
  try {
    const found = await launchEach(config, timeout, context);
    return found.map((landing) => ({ what: 'canary', reason: null, ...landing }));
  } catch (error) {
    if (!(error instanceof MonitorError)) throw error;
    const summary = `none was sent: ${messageOf(error)}`;
    return [
      { ...{ what: 'canary', name: '', ok: false, summary, warnings: [] }, reason: error.reason },
    ];
  }
}

/** The ways by which people are told, where they are configured. */
function alerting(
  { alerts, heartbeat, ...config }: Config,
  { clock, signal }: CliContext,
): readonly [Finding['what'], string, () => Promise<Report>][] {
  const { alertmanagerFile: file } = alerts;
  return [
    ...(heartbeat === undefined
      ? []
      : [
          task('heartbeat', new URL(heartbeat.url.reveal()).host, async () => {
            const { ping } = await import('../engine/heartbeat.ts');
            await ping({ clock, url: heartbeat.url }, signal);
            return { summary: 'heard', warnings: [] };
          }),
        ]),
    ...(file === undefined ? [] : [task('alertmanager', file, () => reviewFile(file, config))]),
  ];
}

function task(
  what: Finding['what'],
  name: string,
  body: () => Promise<Report>,
): [Finding['what'], string, () => Promise<Report>] {
  return [what, name, body];
}

/** Whether pages travel by the mail that is watched. */
async function reviewFile(
  file: string,
  { path, probes, senders }: Pick<Config, 'path' | 'probes' | 'senders'>,
): Promise<Report> {
  const { reviewAlertmanager } = await import('../generate/alertmanager/review.ts');
  const watched = {
    domains: probes.map(({ to }) => to.toLowerCase().split('@').at(-1) ?? ''),
    relays: Object.values(senders).map(({ server }) => server.host.toLowerCase()),
  };
  try {
    const warnings = reviewAlertmanager(
      await readFile(resolve(dirname(path), file), 'utf8'),
      watched,
    );
    const summary = warnings.length === 0 ? 'pages do not depend on the mail watched' : 'read';
    return { summary, warnings };
  } catch (error) {
    const options = { reason: 'config', retryable: false } as const;
    throw new MonitorError(`cannot be used: ${messageOf(error)}`, options);
  }
}

async function tryLedger(url: LedgerUrl, tools: LedgerTools): Promise<Report> {
  const { openLedger } = await import('../ledger/open.ts');
  try {
    const ledger = await openLedger({ url }, tools);
    const inFlight = ledger.open().length;
    const isWritable = await ledger.checkWritable();
    await ledger.close();
    if (isWritable) return { summary: `can be written, ${inFlight} in flight`, warnings: [] };
    const options = { reason: 'ledger', retryable: false } as const;
    throw new MonitorError(`the ledger ${nameOfLedger(url)} cannot be written`, options);
  } catch (error) {
    // A running mailcanary holds it: that it works is seen there.
    if (error instanceof MonitorError && error.retryable)
      return { summary: error.message, warnings: [] };
    throw error;
  }
}

interface Report {
  readonly summary: string;
  readonly warnings: readonly string[];
  readonly type?: string;
  readonly facts?: CheckFacts;
}

async function attempt(
  what: Finding['what'],
  name: string,
  body: () => Promise<Report>,
): Promise<Finding> {
  try {
    const { facts, ...report } = await body();
    const ok = facts?.webhook.state !== 'fail';
    return { what, name, ok, reason: null, ...report, facts };
  } catch (error) {
    if (!(error instanceof MonitorError)) throw error;
    return { what, name, ok: false, summary: messageOf(error), reason: error.reason, warnings: [] };
  }
}
