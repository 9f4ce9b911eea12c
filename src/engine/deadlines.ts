import TinyQueue from 'tinyqueue';
import type { Instant } from '../base/clock.ts';
import type { Canary } from '../domain/canary.ts';
import { nextDeadline } from '../domain/verdict.ts';
import { isOpen } from '../ledger/open-canaries.ts';

interface Waiting {
  readonly canary: Canary;
  readonly at: Instant;
}

interface Ticket {
  readonly id: string;
  readonly at: Instant;
}

/** Tickets that mean nothing any more are thrown out when there are more of them than others, and than this. */
const FEW = 100;

/**
 * Open canaries by their next deadline, as some clock or horizon passes it: in a long outage there are tens of
 * thousands of them, and nothing may go through all of them each time that one changes.
 */
export class Deadlines {
  readonly #waiting = new Map<string, Waiting>();
  #queue = new TinyQueue<Ticket>([], byInstant);

  /** Takes over what a canary has become; its deadlines up to `after` are behind it. */
  update(canary: Canary, after: Instant): void {
    const { id } = canary.launch;
    const at = isOpen(canary) ? nextDeadline(canary, after) : undefined;
    if (at === undefined) {
      this.#waiting.delete(id);
      return;
    }
    // The ticket of an unchanged instant still holds.
    if (this.#waiting.get(id)?.at !== at) this.#queue.push({ id, at });
    this.#waiting.set(id, { canary, at });
    if (this.#queue.length > 2 * this.#waiting.size + FEW) this.#clear();
  }

  /** The earliest; undefined for none. */
  next(): Instant | undefined {
    for (;;) {
      const ticket = this.#queue.peek();
      if (ticket === undefined || this.#waiting.get(ticket.id)?.at === ticket.at) return ticket?.at;
      this.#queue.pop();
    }
  }

  /** Up to `limit` canaries with a deadline up to `until`, earliest first; from now on that is behind them. */
  takePassed(until: Instant, limit: number = Infinity): readonly Canary[] {
    const passed: Canary[] = [];
    while (passed.length < limit && (this.next() ?? Infinity) <= until) {
      const waiting = this.#waiting.get(this.#queue.pop()?.id ?? '');
      if (waiting === undefined) break;
      passed.push(waiting.canary);
      this.update(waiting.canary, until);
    }
    return passed;
  }

  #clear(): void {
    const tickets = [...this.#waiting].map(([id, { at }]) => ({ id, at }));
    this.#queue = new TinyQueue(tickets, byInstant);
  }
}

function byInstant(a: Ticket, b: Ticket): number {
  return a.at - b.at;
}
