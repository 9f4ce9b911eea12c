import { InvalidArgumentError, Option, type Command } from 'commander';
import type { Config, ProbeConfig } from '../config/schema.ts';
import type { ObserverConfig } from '../observers/config.ts';
import { load } from './api.ts';
import { UsageError, type CliContext } from './context.ts';
import { findProbe } from './known-probe.ts';
import { cadenceOption } from './options.ts';
import type { Installation } from './installation.ts';
import { createStyle } from './output/style.ts';
import type { PlanReport, PlanRow } from './output/cadence-plan.ts';

interface PlanOptions {
  readonly config?: string;
  readonly defaults?: boolean;
  readonly probe?: string;
  readonly every?: readonly number[];
  readonly loss?: readonly number[];
  readonly format: 'text' | 'json';
}

/** Read where nobody names another. */
const USUAL_FILE = 'mailcanary.yaml';

const EXAMPLES = `
Examples:
  mailcanary plan
  mailcanary plan --every 15s --loss 0.5% --loss 2%
  mailcanary plan -c mailcanary.yaml --probe support --format json

How soon a share of mail that disappears is a page, what pages by chance, and what a cadence costs the helpdesk. With a
configuration: its deadlines, its usual loss, and its other probes, which share the one false page a year; then what all its
probes come to together, observer by observer.
`;

export function addPlan(program: Command, context: CliContext): void {
  const each =
    <T>(parse: (text: string) => T) =>
    (text: string, earlier: readonly T[] = []): readonly T[] => [...earlier, parse(text)];
  program
    .command('plan')
    .description('tell which cadence sees which loss how soon, and what it costs')
    .option('-c, --config <file>', `configuration (default: ${USUAL_FILE}, where there is one)`)
    .option('--defaults', 'one probe with default settings; reads no configuration')
    .option('--probe <name>', 'of the configuration; by default its first target')
    .option('--every <duration>', 'a cadence; may be repeated', each(cadenceOption))
    .option('--loss <percent>', 'a share of lost mail; may be repeated', each(percentOption))
    .addOption(
      new Option('--format <format>', 'what to print').choices(['text', 'json']).default('text'),
    )
    .addHelpText('after', EXAMPLES)
    .action(async (options: PlanOptions) => {
      const report = await plan(options);
      const { renderPlan } = await import('./output/cadence-plan.ts');
      const style = createStyle(context.colour && context.isTerminal.out);
      const look = { style, columns: context.screen.columns() };
      context.out(
        options.format === 'json'
          ? `${JSON.stringify(report, null, 2)}\n`
          : `${renderPlan(report, look).join('\n')}\n`,
      );
    });
}

const EVERY_MS = [15_000, 30_000, 60_000, 120_000, 300_000, 900_000];
const LOSSES = [0.01, 0.02, 0.05, 0.2];

async function plan(options: PlanOptions): Promise<PlanReport> {
  const { requestsAMinute } = await import('../observers/rate-config.ts');
  const { planCadence } = await import('../domain/loss/cadence.ts');
  const { canariesAYear } = await import('../domain/loss/statistic.ts');
  const setting = await settingOf(options);
  const { policy, usual, stragglersToPage } = setting;
  const losses = lossesOf(options, usual);
  const othersAYear = canariesAYear(setting.othersMs);
  const configured = setting.everyMs;
  const chosen = options.every ?? [...EVERY_MS, ...(configured === null ? [] : [configured])];
  const cadences = [...new Set(chosen)].sort((a, b) => a - b);
  const rows = cadences.map((everyMs): PlanRow => {
    const parts = { everyMs, policy, othersAYear, usual, stragglersToPage, losses };
    const { observer } = setting;
    const asked = observer === null ? null : requestsAMinute(observer, 60_000 / everyMs);
    return { ...planCadence(parts), requestsAMinute: asked, isConfigured: everyMs === configured };
  });
  const { probe, requestLimit, observer, installation } = setting;
  const documentedLimit = observer?.rate.documented ?? null;
  const { lateAfterMs } = policy;
  return { probe, usual, lateAfterMs, requestLimit, documentedLimit, rows, installation };
}

/** A share that is hardly more than the usual one shows after years, one that is less never: nobody waits for that. */
const TOLD_APART = 2;

/** @throws UsageError for a share that cannot be told from the usual loss */
function lossesOf({ loss }: PlanOptions, usual: number): readonly number[] {
  const least = TOLD_APART * usual;
  const tooSmall = loss?.find((share) => share < least);
  if (tooSmall !== undefined) {
    const [asked, known, told] = [tooSmall, usual, least].map(percentText);
    throw new UsageError(
      `--loss ${asked ?? ''} can hardly be told from the usual loss (${known ?? ''}): ask for ${told ?? ''} or more`,
    );
  }
  if (loss !== undefined) return loss;
  const told = LOSSES.filter((share) => share >= least);
  return told.length > 0 ? told : [Math.min(1, least)];
}

/** What of a configuration the plan depends on, or the defaults. */
interface Setting {
  readonly probe: string | null;
  readonly everyMs: number | null;
  readonly policy: ProbeConfig['policy'];
  readonly usual: number;
  readonly stragglersToPage: number;
  /** Intervals of the other probes. */
  readonly othersMs: readonly number[];
  readonly observer: ObserverConfig | null;
  readonly requestLimit: number | null;
  readonly installation: Installation | null;
}

async function settingOf(options: PlanOptions): Promise<Setting> {
  const { Deadlines } = await import('../config/schema.ts');
  const { STRAGGLERS } = await import('../domain/culprit.ts');
  const { USUAL_LOSS } = await import('../domain/loss/statistic.ts');
  const file = await fileOf(options);
  if (file === undefined) {
    if (options.probe !== undefined)
      throw new UsageError('--probe names one of a configuration: give -c as well');
    const deadlines = Deadlines.parse({});
    const policy = {
      suspectAfterMs: deadlines.suspect_after,
      lateAfterMs: deadlines.late_after,
      lostAfterMs: deadlines.lost_after,
      forgetAfterMs: deadlines.forget_after,
    };
    const unknown = { observer: null, requestLimit: null, installation: null };
    const none = { probe: null, everyMs: null, othersMs: [] };
    return { ...none, ...unknown, policy, usual: USUAL_LOSS, stragglersToPage: STRAGGLERS };
  }
  return configuredSetting(await load({ config: file }), options.probe);
}

/** The configuration to read; undefined: none. */
async function fileOf({ config, defaults }: PlanOptions): Promise<string | undefined> {
  if (defaults === true) {
    if (config === undefined) return undefined;
    throw new UsageError('--defaults reads no configuration: leave -c out');
  }
  if (config !== undefined) return config;
  const { access } = await import('node:fs/promises');
  return access(USUAL_FILE).then(
    () => USUAL_FILE,
    () => undefined,
  );
}

async function configuredSetting(config: Config, name: string | undefined): Promise<Setting> {
  const { intervalsOf } = await import('../assignments.ts');
  const { installationOf } = await import('./installation.ts');
  const target = config.probes.find(({ role }) => role === 'target') ?? config.probes[0];
  const probe = name === undefined ? target : findProbe(config, name);
  if (probe === undefined) throw new Error('unchecked configuration: no probe');
  const observer = config.observers[probe.observer] ?? null;
  const all = intervalsOf(config);
  const intervals = new Map(all);
  const everyMs = intervals.get(probe.name) ?? null;
  intervals.delete(probe.name);
  return {
    probe: probe.name,
    everyMs,
    policy: probe.policy,
    usual: config.loss.usual,
    stragglersToPage: config.alerts.stragglersToPage,
    othersMs: [...intervals.values()],
    observer,
    requestLimit: observer?.rate.counted?.perMinute ?? null,
    installation: installationOf(config, all),
  };
}

function percentOption(text: string): number {
  const share = Number(/^(\d{1,3}(?:\.\d+)?) ?%$/.exec(text)?.[1]) / 100;
  if (share > 0 && share <= 1) return share;
  throw new InvalidArgumentError('Write a percentage such as 2% or 0.5%.');
}

function percentText(share: number): string {
  return `${Number((share * 100).toPrecision(3))}%`;
}
