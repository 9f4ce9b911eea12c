import type { AppConfig } from '../app.ts';
import { formatDuration } from '../base/duration.ts';
import type { Order } from '../engine/order.ts';
import { oneOffDeadlines, oneOffOrder } from '../engine/probe-once.ts';
import type { Config, ProbeConfig } from '../config/schema.ts';
import type { ObserverConfig } from '../observers/config.ts';
import { siteOf } from '../observers/site.ts';
import type { SenderConfig } from '../senders/config.ts';
import { UsageError } from './context.ts';
import type { ProbeOptions } from './probe-options.ts';

/** What a one-off probe is about to do. */
export interface ProbePlan {
  readonly app: AppConfig;
  readonly order: Order;
  readonly options: ProbeOptions;
  readonly warnings: readonly string[];
  /** Where a running monitor answers, for a probe of the configuration; else undefined. */
  readonly server: Config['server'] | undefined;
  /** Removes what was made for this run only. */
  readonly dispose: () => Promise<void>;
}

export const DEFAULT_LATE_AFTER_MS = 60_000;

export interface OrderParts {
  readonly probe: ProbeConfig;
  readonly sender: SenderConfig;
  readonly observer: ObserverConfig;
  readonly vantage: string;
  readonly options: Pick<ProbeOptions, 'lateAfter' | 'timeout'>;
}

/** The two ends of a probe. */
export function endsOf(
  { senders, observers }: Config,
  probe: ProbeConfig,
): Pick<OrderParts, 'sender' | 'observer'> {
  const [sender, observer] = [senders[probe.sender], observers[probe.observer]];
  if (sender !== undefined && observer !== undefined) return { sender, observer };
  throw new Error(`unchecked configuration: the ends of ${probe.name}`);
}

/** @throws UsageError when the timeout is not after the deadline. */
export function orderOf(parts: OrderParts): Order {
  const { probe, sender, observer, vantage, options } = parts;
  const wish = { lateAfterMs: options.lateAfter, timeoutMs: options.timeout };
  const { lateAfterMs, timeoutMs } = oneOffDeadlines(wish, probe.policy);
  if (timeoutMs <= lateAfterMs) {
    const [timeout, late] = [timeoutMs, lateAfterMs].map(formatDuration);
    throw new UsageError(
      `--timeout (${timeout ?? ''}) must be more than --late-after (${late ?? ''}): a mail is late before it is lost`,
    );
  }
  const order: Order = {
    route: {
      probe: probe.name,
      role: probe.role,
      sender: probe.sender,
      observer: probe.observer,
      site: siteOf(observer),
      vantage,
      path: '',
      shape: sender.headerProfile,
    },
    from: sender.from,
    to: probe.to,
    profile: sender.headerProfile,
    policy: probe.policy,
    launchWindowMs: sender.launchWindowMs,
  };
  return oneOffOrder(order, { lateAfterMs, timeoutMs });
}
