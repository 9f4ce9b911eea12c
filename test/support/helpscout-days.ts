import type { Observer } from '../../src/observers/observer.ts';
import { helpscoutObserver } from '../observers/helpscout/bench.ts';
import {
  startHelpdeskDay,
  type Day as HelpdeskDay,
  type DayOptions as HelpdeskDayOptions,
  type DayWorld as HelpdeskWorld,
} from './helpdesk-days.ts';
import { HelpscoutWorld, type WorldOptions } from './helpscout-world.ts';

export { accuracyOf, medianOf, type Accuracy } from './helpdesk-days.ts';

/** The observed system: a small fake, or the helpdesk of the sandbox, which was written apart from both. */
export interface DayWorld extends HelpdeskWorld {
  readonly mailboxId: number;
  readonly appId: string;
  appSecret: string;
  revokeTokens(): void;
}

export interface DayOptions extends Omit<
  HelpdeskDayOptions<DayWorld>,
  'createWorld' | 'createObserver'
> {
  /** Default: the small fake. */
  readonly createWorld?: (options: WorldOptions) => DayWorld;
  readonly indexLagMs?: number;
  readonly limitPerMinute?: number;
  /** Configuration keys of the observer. */
  readonly config?: Readonly<Record<string, unknown>>;
}

export type Day = HelpdeskDay<DayWorld>;

/** A canary a minute through a simulated mail system into a simulated Help Scout, on a clock of the test. */
export function startDay(options: DayOptions = {}): Promise<Day> {
  const { createWorld = (own: WorldOptions) => new HelpscoutWorld(own), config, ...rest } = options;
  const { indexLagMs = 5_000, limitPerMinute } = options;
  return startHelpdeskDay<DayWorld>({
    ...rest,
    createWorld: (clock) =>
      createWorld({
        ...{ clock, indexLagMs },
        ...(limitPerMinute === undefined ? {} : { limitPerMinute }),
      }),
    createObserver(world, tools): Observer {
      const { mailboxId, appId, appSecret } = world;
      return helpscoutObserver(
        { port: 1, mailboxId, appId, appSecret },
        { ...tools, config: { requests_per_minute: 60, ...config } },
      );
    },
  });
}
