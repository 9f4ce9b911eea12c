import type { Logger } from '../base/logger.ts';
import type { LedgerEvent } from '../domain/events.ts';

type Listener = (event: LedgerEvent) => void;

/** Who hears of events. A listener that throws harms nobody but itself. */
export class EventBus {
  readonly #listeners = new Set<{ readonly hear: Listener }>();
  readonly #logger: Logger;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** Answers how to stop. The same function may listen twice. */
  subscribe(hear: Listener): () => void {
    const entry = { hear };
    this.#listeners.add(entry);
    return () => void this.#listeners.delete(entry);
  }

  emit(events: readonly LedgerEvent[]): void {
    for (const event of events) {
      for (const { hear } of [...this.#listeners]) this.#tell(hear, event);
    }
  }

  #tell(hear: Listener, event: LedgerEvent): void {
    try {
      hear(event);
    } catch (error) {
      const { position, launch } = event;
      this.#logger.error({ err: error, position, canary: launch.id }, 'a ledger listener failed');
    }
  }
}
