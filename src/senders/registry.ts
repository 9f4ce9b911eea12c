import type { Clock } from '../base/clock.ts';
import type { SenderConfig } from './config.ts';
import type { Sender } from './sender.ts';

export interface SenderTools {
  readonly clock: Clock;
}

type Type = SenderConfig['type'];
type ConfigOf<T extends Type> = Extract<SenderConfig, { type: T }>;
type Factory<T extends Type> = (
  name: string,
  config: ConfigOf<T>,
  tools: SenderTools,
) => Promise<Sender>;

/** Type to factory; each loads its client library only when it is used. */
export const SENDERS: { readonly [T in Type]: Factory<T> } = {
  smtp: async (name, config, tools) =>
    (await import('./smtp/index.ts')).createSmtpSender(name, config, tools),
};

export function createSender<T extends Type>(
  name: string,
  config: ConfigOf<T> & { readonly type: T },
  tools: SenderTools,
): Promise<Sender> {
  return SENDERS[config.type](name, config, tools);
}
