import type { Clock } from './base/clock.ts';
import type { Logger } from './base/logger.ts';
import type { Random } from './base/random.ts';
import type { TokenKeys } from './domain/token.ts';
import { createEngine, type Engine, type EngineTools } from './engine/engine.ts';
import { cannotTidy, type TidyPolicy } from './engine/tidy-copy.ts';
import type { LedgerTools } from './ledger/durable.ts';
import type { Ledger, LedgerOperation } from './ledger/ledger.ts';
import { openLedger } from './ledger/open.ts';
import type { LedgerUrl } from './ledger/url.ts';
import type { ObserverConfig } from './observers/config.ts';
import type { Observer } from './observers/observer.ts';
import { createObserver } from './observers/registry.ts';
import { siteOf } from './observers/site.ts';
import type { SenderConfig } from './senders/config.ts';
import { createSender } from './senders/registry.ts';
import type { Sender } from './senders/sender.ts';

/** What of a configuration the program is made from. */
export interface AppConfig {
  readonly ledger: { readonly url: LedgerUrl; readonly keepMs?: number };
  readonly tokenKeys: TokenKeys;
  readonly senders: Readonly<Record<string, SenderConfig>>;
  readonly observers: Readonly<Record<string, ObserverConfig>>;
}

export interface AppTools extends Pick<
  EngineTools,
  | 'onAttempt'
  | 'onLook'
  | 'onControl'
  | 'lookIntervalOf'
  | 'onCleanupFailure'
  | 'wasPaused'
  | 'wasRemoved'
  | 'mayJudge'
  | 'onCrash'
> {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** Hears of each operation of the ledger that failed. */
  readonly onLedgerError?: (operation: LedgerOperation) => void;
  /** Cleans up after canaries as the configuration says. A one-off probe leaves that to the daemon. */
  readonly tidies?: boolean;
  /** Senders and observers, where they are others than those of the configuration (simulation). */
  readonly adapters?: Adapters;
  /** Opens the ledger, where it is another one than that of the configuration (simulation). */
  readonly openLedger?: (tools: LedgerTools) => Promise<Ledger>;
}

/** The program as a value. */
export interface App {
  readonly ledger: Ledger;
  readonly engine: Engine;
  readonly adapters: Adapters;
  /** Closes what create opened, last in first out. Idempotent. */
  stop(): Promise<void>;
}

/** Senders and observers without a ledger: all that `check` needs. */
export interface Adapters {
  readonly senders: ReadonlyMap<string, Sender>;
  readonly observers: ReadonlyMap<string, Observer>;
  close(): Promise<void>;
}

interface Closer {
  readonly name: string;
  readonly close: () => Promise<void>;
}

export async function createAdapters(config: AppConfig, tools: AppTools): Promise<Adapters> {
  const senders = new Map<string, Sender>();
  const observers = new Map<string, Observer>();
  for (const [name, own] of Object.entries(config.senders)) {
    senders.set(name, await createSender(name, own, tools));
  }
  for (const [name, own] of Object.entries(config.observers)) {
    const keyed = { ...tools, keys: config.tokenKeys };
    const observer = await createObserver(name, own, keyed);
    if (own.tidy.manner !== 'keep' && observer.tidy === undefined) throw cannotTidy(observer);
    observers.set(name, observer);
  }
  return {
    senders,
    observers,
    async close() {
      const all = [...senders.values(), ...observers.values()];
      await Promise.all(all.map((adapter) => adapter.close()));
    },
  };
}

/** Wires everything once and starts the loops; when that fails half-way, what was opened is closed again. */
export async function createApp(config: AppConfig, tools: AppTools): Promise<App> {
  const closers: Closer[] = [];
  const stop = async (): Promise<void> => {
    for (let closer = closers.pop(); closer !== undefined; closer = closers.pop()) {
      try {
        await closer.close();
      } catch (error) {
        tools.logger.error({ closer: closer.name, error }, 'closing failed');
      }
    }
  };
  try {
    const adapters = tools.adapters ?? (await createAdapters(config, tools));
    closers.push({ name: 'adapters', close: () => adapters.close() });
    // Connecting takes its time; the ledger is opened meanwhile.
    for (const adapter of [...adapters.observers.values(), ...adapters.senders.values()]) {
      adapter.prepare?.();
    }
    const { clock, logger, onLedgerError: onError = () => undefined } = tools;
    const open = tools.openLedger ?? ((own: LedgerTools) => openLedger(config.ledger, own));
    const ledger = await open({ clock, logger, onError });
    closers.push({ name: 'ledger', close: () => ledger.close() });
    const { senders, observers } = adapters;
    const {
      tokenKeys: keys,
      ledger: { keepMs },
    } = config;
    const kept = keepMs === undefined ? {} : { keepMs };
    const tidying = tools.tidies === true ? tidyPolicies(config) : new Map<string, TidyPolicy>();
    const parts = { keys, ledger, senders, observers, sites: sitesOf(config), tidying };
    const engine = createEngine({ ...tools, ...kept, ...parts });
    closers.push({ name: 'engine', close: () => engine.stop() });
    await engine.start();
    return { ledger, engine, adapters, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function sitesOf({ observers }: AppConfig): ReadonlyMap<string, string> {
  return new Map(Object.entries(observers).map(([name, own]) => [name, siteOf(own)]));
}

/** Of the observers whose canaries are not kept. */
export function tidyPolicies(
  config: Pick<AppConfig, 'observers'>,
): ReadonlyMap<string, TidyPolicy> {
  const policies = new Map<string, TidyPolicy>();
  for (const [name, { tidy }] of Object.entries(config.observers)) {
    const { manner, afterMs } = tidy;
    if (manner !== 'keep') policies.set(name, { manner, afterMs });
  }
  return policies;
}
