import { createAdapters, tidyPolicies } from '../app.ts';
import { MonitorError, type Reason } from '../base/errors.ts';
import { silentLogger } from '../base/logger.ts';
import { loadConfig } from '../config/load.ts';
import type { Config } from '../config/schema.ts';
import {
  copyKey,
  litterQuery,
  tidyCopy,
  tidyPaceMs,
  type TidyCopyTools,
  type TidyPolicy,
} from '../engine/tidy-copy.ts';
import type { Ledger, LitterCopy } from '../ledger/ledger.ts';
import { openLedger } from '../ledger/open.ts';
import { openView } from '../ledger/views.ts';
import type { Observer } from '../observers/observer.ts';
import { UsageError, type CliContext } from './context.ts';
import { createStyle } from './output/style.ts';
import { tidyJson, tidyLineText, tidySummaryText, type TidyLine } from './output/tidy.ts';

export interface TidyCommandOptions {
  readonly config: string;
  readonly dryRun?: boolean;
  readonly format: 'text' | 'json';
}

/** Copies listed of an observer; more are only counted. */
const LISTED = 500;
const BATCH = 100;
/** What says nothing about one copy, but that the next one would fail alike. */
const HOPELESS: readonly Reason[] = [
  'auth',
  'rate-limited',
  'timeout',
  'unreachable',
  'tls',
  'config',
  'aborted',
];

/** One run of the command: what is to be done, and what was. */
interface Job {
  readonly config: Config;
  readonly context: CliContext;
  readonly policies: ReadonlyMap<string, TidyPolicy>;
  readonly say: (line: TidyLine) => void;
}

export async function tidy(
  name: string | undefined,
  options: TidyCommandOptions,
  context: CliContext,
): Promise<number> {
  const config = await loadConfig(options.config);
  const names = chosen(config, name);
  const all = tidyPolicies(config);
  const policies = new Map([...all].filter(([observer]) => names.includes(observer)));
  const style = createStyle(context.colour && context.isTerminal.out);
  const width = Math.max(...names.map((observer) => observer.length));
  const lines: TidyLine[] = [];
  const isText = options.format === 'text';
  const say = (line: TidyLine): void => {
    lines.push(line);
    if (isText) context.out(tidyLineText(line, style, width));
  };
  const isDryRun = options.dryRun === true;
  const left = await (isDryRun ? list : clean)({ config, context, policies, say });
  const kept = names.filter((observer) => !policies.has(observer));
  const summary = { isDryRun, lines, left, kept };
  context.out(isText ? tidySummaryText(summary, style) : tidyJson(summary));
  const isClean = left === 0 && lines.every(({ result }) => result !== 'not_ours');
  return isDryRun || isClean ? 0 : 1;
}

/** @throws UsageError for an observer that does not exist */
function chosen(config: Config, name: string | undefined): readonly string[] {
  const names = Object.keys(config.observers);
  if (name === undefined) return names;
  if (names.includes(name)) return [name];
  throw new UsageError(`there is no observer named ${name}; there are ${names.join(', ')}`);
}

/** Reads the ledger, also beside a running monitor. Answers how many copies are due. */
async function list({ config, context, policies, say }: Job): Promise<number> {
  if (policies.size === 0) return 0;
  const view = await openView(config.ledger.url);
  try {
    let count = 0;
    for (const [observer, policy] of policies) {
      const query = litterQuery(observer, policy, context.clock.now());
      count += await view.countLitter(query);
      for (const copy of await view.litter(query, LISTED)) {
        say(lineOf(copy, { observer, policy, result: 'due' }));
      }
    }
    return count;
  } finally {
    await view.close();
  }
}

/** Answers how many copies that were due are left. */
async function clean(job: Job): Promise<number> {
  const { config, context, policies } = job;
  if (policies.size === 0) return 0;
  const tools = { clock: context.clock, random: context.random, logger: silentLogger };
  const ledger = await openForTidying(config, tools);
  try {
    const observers = Object.fromEntries(
      Object.entries(config.observers).filter(([observer]) => policies.has(observer)),
    );
    const adapters = await createAdapters({ ...config, senders: {}, observers }, tools);
    try {
      let left = 0;
      for (const [name, observer] of adapters.observers) {
        const policy = policies.get(name);
        if (policy !== undefined) left += await cleanOne(job, { ledger, observer, policy });
      }
      return left;
    } finally {
      await adapters.close();
    }
  } finally {
    await ledger.close();
  }
}

async function openForTidying(
  config: Config,
  tools: Parameters<typeof openLedger>[1],
): Promise<Ledger> {
  try {
    return await openLedger({ url: config.ledger.url }, tools);
  } catch (error) {
    if (!(error instanceof MonitorError) || !error.retryable) throw error;
    throw new UsageError(
      `${error.message}. A running monitor cleans up by itself; --dry-run shows what is due`,
    );
  }
}

interface Post {
  readonly ledger: Ledger;
  readonly observer: Observer;
  readonly policy: TidyPolicy;
}

/** Tries every copy once, until the observer itself fails. */
async function cleanOne({ config, context, say }: Job, post: Post): Promise<number> {
  const { ledger, observer, policy } = post;
  const { clock, signal } = context;
  const query = litterQuery(observer.name, policy, clock.now());
  const tools = { ...post, keys: config.tokenKeys };
  const failed = new Set<string>();
  const isStopped = (): boolean => signal.aborted;
  for (;;) {
    if (isStopped()) return ledger.countLitter(query);
    const due = await ledger.litter(query, BATCH + failed.size);
    const batch = due.filter((copy) => !failed.has(copyKey(copy)));
    if (batch.length === 0) return failed.size;
    for (const copy of batch) {
      const line = await attempt(copy, tools, signal);
      say(line);
      if (line.result === 'failed') failed.add(copyKey(copy));
      const isHopeless = HOPELESS.some((reason) => reason === line.reason);
      if (isHopeless || isStopped()) return ledger.countLitter(query);
      await clock.sleep(tidyPaceMs(observer.capabilities), signal);
    }
  }
}

async function attempt(
  copy: LitterCopy,
  tools: TidyCopyTools,
  signal: AbortSignal,
): Promise<TidyLine> {
  const { policy } = tools;
  const observer = tools.observer.name;
  try {
    return lineOf(copy, { observer, policy, result: await tidyCopy(copy, tools, signal) });
  } catch (error) {
    if (!(error instanceof MonitorError) || error.reason === 'ledger') throw error;
    const line = lineOf(copy, { observer, policy, result: 'failed' });
    return { ...line, reason: error.reason, detail: error.message };
  }
}

function lineOf(
  copy: LitterCopy,
  said: {
    readonly observer: string;
    readonly policy: TidyPolicy;
    readonly result: TidyLine['result'];
  },
): TidyLine {
  const { canaryId: canary, externalId, place, seenAt } = copy;
  const { observer, policy, result } = said;
  const { manner } = policy;
  return {
    observer,
    canary,
    externalId,
    place,
    seenAt,
    manner,
    result,
    reason: null,
    detail: null,
  };
}
