import { Option, type Command } from 'commander';
import { formatDuration, writeDuration } from '../base/duration.ts';
import type { Config } from '../config/schema.ts';
import { createApi, load, NoMonitorError, RefusedError, type Api, type Common } from './api.ts';
import { UsageError, type CliContext } from './context.ts';
import { unknownProbe } from './known-probe.ts';
import { durationOption } from './options.ts';
import { PauseReply, ReadinessReply, ResumeReply } from './reply.ts';

interface Told extends Common {
  readonly format: 'text' | 'json';
}

interface PauseOptions extends Told {
  readonly for: number;
  readonly reason: string;
}

const PAUSE_EXAMPLES = `
Examples:
  mailcanary pause support --for 2h --reason "helpdesk upgrade, ticket 4711"
  mailcanary pause support --for 30m --reason "mail server restarts"

Nothing is launched meanwhile and nobody is paged for this probe. It ends by itself;
mailcanary resume PROBE ends it earlier. Needs server.access_token in the configuration.
`;

const RESUME_EXAMPLES = `
Examples:
  mailcanary resume support
`;

const HEALTH_EXAMPLES = `
Examples:
  mailcanary health
  HEALTHCHECK CMD ["mailcanary", "health"]       (in a Dockerfile)

Exit codes: 0 ready, 1 not (nobody answers included), 3 no usable configuration. Whether mail arrives is told by: mailcanary status
`;

/** Commands that tell a running monitor something, or ask whether it is well, by its HTTP API. */
export function addTell(
  program: Command,
  context: CliContext,
  finish: (exitCode: number) => void,
): void {
  common(program.command('health'))
    .description('whether the running monitor lives and is ready; for HEALTHCHECK')
    .addHelpText('after', HEALTH_EXAMPLES)
    .action(async (options: Told) => finish(await health(options, context)));
  common(program.command('pause'))
    .description('launch nothing for a probe for a while')
    .argument('<probe>')
    .requiredOption('--for <duration>', 'how long, such as 30m or 2h', durationOption)
    .requiredOption('--reason <text>', 'why, for those who see it')
    .addHelpText('after', PAUSE_EXAMPLES)
    .action((probe: string, options: PauseOptions) => pause(probe, options, context));
  common(program.command('resume'))
    .description('end the pause of a probe')
    .argument('<probe>')
    .addHelpText('after', RESUME_EXAMPLES)
    .action((probe: string, options: Told) => resume(probe, options, context));
}

function common(command: Command): Command {
  return command
    .option('-c, --config <file>', 'configuration', 'mailcanary.yaml')
    .addOption(
      new Option('--format <format>', 'what to print').choices(['text', 'json']).default('text'),
    );
}

async function pause(probe: string, options: PauseOptions, context: CliContext): Promise<void> {
  const { reason } = options;
  const body = { for: writeDuration(options.for), reason };
  const reply = await tell({ options, context, probe }, (api, path) =>
    api.post(`${path}/pause`, body, PauseReply),
  );
  const until = `${reply.pause.until.slice(0, 16).replace('T', ' ')} UTC`;
  context.out(
    options.format === 'json'
      ? `${JSON.stringify(reply)}\n`
      : `${probe} is paused for ${formatDuration(options.for)}, until ${until}: ${reply.pause.reason}\n` +
          `  earlier: mailcanary resume ${probe}\n`,
  );
}

async function resume(probe: string, options: Told, context: CliContext): Promise<void> {
  const reply = await tell({ options, context, probe }, (api, path) =>
    api.post(`${path}/resume`, {}, ResumeReply),
  );
  const words = reply.was_paused ? 'launches again' : 'was not paused, and launches as before';
  context.out(options.format === 'json' ? `${JSON.stringify(reply)}\n` : `${probe} ${words}\n`);
}

interface Telling {
  readonly options: Told;
  readonly context: CliContext;
  readonly probe: string;
}

/** @throws UsageError that says what to do. */
async function tell<T>(
  { options, context, probe }: Telling,
  send: (api: Api, path: string) => Promise<T>,
): Promise<T> {
  const config = await load(options);
  const api = createApi(config, context);
  try {
    return await send(api, `/api/v1/probes/${encodeURIComponent(probe)}`);
  } catch (error) {
    if (error instanceof NoMonitorError) throw new UsageError(`${error.message}; ${fateOf(error)}`);
    if (error instanceof RefusedError && error.status === 404) throw notKnown(probe, config);
    throw error;
  }
}

function fateOf({ mayBeDone }: NoMonitorError): string {
  return mayBeDone
    ? 'it may have been done all the same: mailcanary status tells'
    : 'nothing was done';
}

/** The monitor does not know it; perhaps a slip, perhaps it runs with an older configuration. */
function notKnown(probe: string, config: Config): UsageError {
  const names = config.probes.map(({ name }) => name);
  return names.includes(probe)
    ? new UsageError(
        `the running monitor does not know ${probe} yet: have it read the configuration again (SIGHUP)`,
      )
    : unknownProbe(probe, names);
}

async function health(options: Told, context: CliContext): Promise<number> {
  const config = await load(options);
  const api = createApi(config, context);
  try {
    const { status, text } = await api.ask('/readyz');
    if (options.format === 'json') context.out(text.endsWith('\n') ? text : `${text}\n`);
    else context.out(status === 200 ? 'ready\n' : `not ready: ${failedChecks(text)}\n`);
    return status === 200 ? 0 : 1;
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    context.err(`mailcanary: ${error.message}\n`);
    return 1;
  }
}

function failedChecks(text: string): string {
  try {
    const { checks } = ReadinessReply.parse(JSON.parse(text));
    const failed = checks.filter(({ ok }) => !ok);
    return failed.map(({ name, detail }) => `${name}: ${detail}`).join('; ');
  } catch {
    return 'what answers there is not this mailcanary';
  }
}
