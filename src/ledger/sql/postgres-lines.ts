import type { PostgresLine } from './postgres-line.ts';

/**
 * Some lines to the server, opened when they are wanted, lent to one at a time, in the order of
 * asking. A broken one is replaced when the next asks.
 */
export class PostgresLines {
  readonly #open: () => Promise<PostgresLine>;
  readonly #idle: PostgresLine[] = [];
  readonly #waiting: (() => void)[] = [];
  /** Opened since the last {@link renew}. */
  #current = new WeakSet<PostgresLine>();
  #free: number;
  #isClosed = false;

  constructor(most: number, open: () => Promise<PostgresLine>) {
    this.#free = most;
    this.#open = open;
  }

  /** @throws LineFault when no line comes about. */
  async take(): Promise<PostgresLine> {
    if (this.#free > 0) this.#free -= 1;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      for (let line = this.#idle.pop(); line !== undefined; line = this.#idle.pop()) {
        if (!line.isBroken) return line;
        line.drop();
      }
      const line = await this.#open();
      this.#current.add(line);
      return line;
    } catch (error) {
      this.#pass();
      throw error;
    }
  }

  async give(line: PostgresLine): Promise<void> {
    if (this.#isClosed || !this.#current.has(line)) await line.close();
    else if (!line.isBroken) this.#idle.push(line);
    this.#pass();
  }

  /** Closes all, those that are lent as soon as they come back; others are opened when they are wanted. */
  async renew(): Promise<void> {
    this.#current = new WeakSet();
    await Promise.all(this.#idle.splice(0).map((line) => line.close()));
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all(this.#idle.splice(0).map((line) => line.close()));
  }

  #pass(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#free += 1;
    else next();
  }
}
