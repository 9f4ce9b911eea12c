import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import type { LedgerEvent } from '../domain/events.ts';
import type { Control } from '../engine/control.ts';
import type { View } from '../ledger/view.ts';
import type { ServerSettings } from './settings.ts';

/** What a route may use. */
export interface ServerParts {
  readonly control: Control;
  readonly view: Pick<View, 'findCanary' | 'timeline' | 'recent'>;
  readonly metrics: {
    /** @throws MonitorError when the figures would not be true; answered as 503. */
    scrape(): Promise<{
      readonly contentType: string;
      readonly chunks: readonly Uint8Array[];
    }>;
  };
  /** Hears each ledger event after its commit; answers how to stop. */
  readonly subscribe: (listener: (event: LedgerEvent) => void) => () => void;
  readonly config: ServerSettings;
  readonly clock: Clock;
  readonly logger: Logger;
}
