import type { Logger } from '../base/logger.ts';
import type { Canary } from '../domain/canary.ts';
import type { LedgerEvent } from '../domain/events.ts';

type Listener = (event: LedgerEvent, canary: Canary) => void;

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

  /** `became`: what each event made of its canary. */
  emit(events: readonly LedgerEvent[], became: readonly Canary[]): void {
    for (const [index, event] of events.entries()) {
      const canary = became[index];
      if (canary === undefined) throw new Error('an event without its canary');
      for (const { hear } of [...this.#listeners]) this.#tell(() => hear(event, canary), event);
    }
  }

  #tell(hear: () => void, event: LedgerEvent): void {
    try {
      hear();
    } catch (error) {
      const { position, launch } = event;
      this.#logger.error({ err: error, position, canary: launch.id }, 'a ledger listener failed');
    }
  }
}
