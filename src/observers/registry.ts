import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import type { Random } from '../base/random.ts';
import type { TokenKeys } from '../domain/token.ts';
import type { ObserverConfig } from './config.ts';
import type { Observer } from './observer.ts';

export interface ObserverTools {
  readonly clock: Clock;
  readonly random: Random;
  readonly keys: TokenKeys;
  readonly logger: Logger;
}

type Type = ObserverConfig['type'];
type ConfigOf<T extends Type> = Extract<ObserverConfig, { type: T }>;
type Factory<T extends Type> = (
  name: string,
  config: ConfigOf<T>,
  tools: ObserverTools,
) => Promise<Observer>;

/** Type to factory; each loads its client library only when it is used. */
export const OBSERVERS: { readonly [T in Type]: Factory<T> } = {
  imap: async (name, config, tools) =>
    (await import('./imap/index.ts')).createImapObserver(name, config, tools),
  helpscout: async (name, config, tools) =>
    (await import('./helpscout/index.ts')).createHelpscoutObserver(name, config, tools),
  maildir: async (name, config, tools) =>
    (await import('./maildir/index.ts')).createMaildirObserver(name, config, tools),
  jmap: async (name, config, tools) =>
    (await import('./jmap/index.ts')).createJmapObserver(name, config, tools),
  freescout: async (name, config, tools) =>
    (await import('./freescout/index.ts')).createFreescoutObserver(name, config, tools),
  webhook: async (name, config, tools) =>
    (await import('./webhook/index.ts')).createWebhookObserver(name, config, tools),
  zammad: async (name, config, tools) =>
    (await import('./zammad/index.ts')).createZammadObserver(name, config, tools),
  sql: async (name, config, tools) =>
    (await import('./sql/index.ts')).createSqlObserver(name, config, tools),
  http: async (name, config, tools) => {
    const { loadExpressions } = await import('./http-api/expression.ts');
    const { createHttpApiObserver } = await import('./http-api/index.ts');
    return createHttpApiObserver(name, config, { ...tools, expressions: await loadExpressions() });
  },
  rt: async (name, config, tools) =>
    (await import('./rt/index.ts')).createRtObserver(name, config, tools),
};

export function createObserver<T extends Type>(
  name: string,
  config: ConfigOf<T> & { readonly type: T },
  tools: ObserverTools,
): Promise<Observer> {
  return OBSERVERS[config.type](name, config, tools);
}
