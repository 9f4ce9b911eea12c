import { writeDuration } from '../base/duration.ts';
import type { Config } from '../config/schema.ts';
import type { ObserverConfig } from '../observers/config.ts';
import type { Fact, Observer, ObserverFacts } from '../observers/observer.ts';
import { requestsAMinute } from '../observers/rate-config.ts';
import { tryWebhook, type WebhookFact } from './check-webhook.ts';
import type { CliContext } from './context.ts';
import { canariesAMinute, NOUNS, type Intervals } from './volume.ts';

/** What `check` tells of one observer, question by question. */
export interface CheckFacts extends Omit<ObserverFacts, 'rate'> {
  readonly rate: RateFact;
  readonly control: Fact & { readonly everyMs: number | null };
  readonly webhook: WebhookFact;
  readonly volume: VolumeFact;
}

export interface RateFact extends Fact {
  /** As the other side told them with its replies. */
  readonly limit: number | null;
  readonly remaining: number | null;
  /** Ours, a minute. */
  readonly own: number | null;
  /** What the configuration comes to, in requests a minute. */
  readonly needed: number | null;
}

export interface VolumeFact extends Fact {
  /** Canaries of all its probes in 30 days. */
  readonly aMonth: number;
  readonly noun: 'mails' | 'tickets';
}

export interface CheckedObserver {
  readonly type: string;
  readonly summary: string;
  readonly warnings: readonly string[];
  readonly facts: CheckFacts;
}

const MINUTES_A_MONTH = 30 * 1_440;

/** Asks an observer all there is to ask. @throws MonitorError with what to fix */
export async function checkObserver(
  observer: Observer,
  { config, intervals }: { readonly config: Config; readonly intervals: Intervals },
  context: CliContext,
): Promise<CheckedObserver> {
  const own = config.observers[observer.name];
  if (own === undefined) throw new Error(`unchecked configuration: observer ${observer.name}`);
  const [{ summary, warnings, facts }, webhook] = await Promise.all([
    observer.check(context.signal),
    tryWebhook(
      observer,
      { hooks: config.server.hooks, isPossible: 'webhookSecret' in own },
      context,
    ),
  ]);
  const aMinute = canariesAMinute(observer.name, config, intervals);
  const volume = volumeFact(own.type, aMinute * MINUTES_A_MONTH);
  const told = webhook.state === 'warn' ? [webhook.text] : [];
  return {
    type: own.type,
    summary: `${summary}, ${volume.text}`,
    warnings: [...warnings, ...told.map((text) => `webhook: ${text}`)],
    facts: {
      ...facts,
      rate: rateFact(own, facts.rate, aMinute),
      control: controlFact(observer),
      webhook,
      volume,
    },
  };
}

function volumeFact(type: ObserverConfig['type'], aMonth: number): VolumeFact {
  const noun = NOUNS[type];
  const count = Math.round(aMonth);
  return {
    state: 'ok',
    text: `${count.toLocaleString('en')} ${noun} a month`,
    aMonth: count,
    noun,
  };
}

/** What so many canaries a minute come to, beside what the other side allows. */
function rateFact(
  config: Pick<ObserverConfig, 'rate' | 'tidy'>,
  said: ObserverFacts['rate'],
  canaries: number,
): RateFact {
  const { documented, counted } = config.rate;
  const needed = requestsAMinute(config, canaries);
  const facts = { ...said, own: counted?.perMinute ?? null, needed };
  if (counted === null || needed === null) {
    return { ...facts, state: 'unknown', text: `nobody counts: ${documented}` };
  }
  const limit = counted.isLimitPerMinute ? said.limit : null;
  const isTight = needed > Math.min(counted.perMinute, limit ?? Infinity);
  const isSpent = said.remaining !== null && said.remaining < counted.perMinute;
  const ofOurs = `${share(needed, counted.perMinute)} of requests_per_minute (${counted.perMinute})`;
  const ofTheirs = limit === null ? '' : `${share(needed, limit)} of it, `;
  const need = `this needs about ${Number(needed.toPrecision(2))} a minute, ${ofTheirs}${ofOurs}`;
  const text = `${limitWords(said, config.rate)}; ${need}`;
  return { ...facts, state: isTight || isSpent ? 'warn' : 'ok', text };
}

function limitWords(
  { limit, remaining }: ObserverFacts['rate'],
  { documented, counted }: ObserverConfig['rate'],
): string {
  const window = counted?.isLimitPerMinute === true ? ' a minute' : '';
  const left = remaining === null ? '' : `${remaining} left`;
  if (limit === null) {
    return left === '' ? `limit not told (${documented})` : `${left} of a limit that is not told`;
  }
  return `limit ${limit}${window}${left === '' ? '' : `, ${left}`}`;
}

function share(needed: number, limit: number): string {
  return `${Math.round((needed / limit) * 100)} %`;
}

function controlFact({ positiveControl, capabilities }: Observer): CheckFacts['control'] {
  if (positiveControl !== undefined) {
    const { everyMs, how } = positiveControl;
    return { state: 'ok', text: `every ${writeDuration(everyMs)}: ${how}`, everyMs };
  }
  const why =
    capabilities.pushOnly === true ? 'it cannot look, so there is no look to hold' : 'it is off';
  return { state: 'unknown', text: `none: ${why}`, everyMs: null };
}
