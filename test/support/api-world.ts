import type { Clock } from '../../src/base/clock.ts';
import type { WorldReply, WorldRequest } from './helpscout-records.ts';

export interface ApiWorldOptions {
  readonly clock: Clock;
  /** Requests in a minute, of what stands in front of it; default: no limit. */
  readonly limitPerMinute?: number;
}

/** Where a mail is put. */
export type Filing = 'active' | 'closed' | 'spam';

/** What the strict dialects have in common: a log, a clock that may be wrong, and who answers in their place. */
export abstract class ApiWorld {
  /** Its clock minus ours. */
  offsetMs = 0;
  /** Requests by path without query, in order. */
  readonly log: string[] = [];
  /** Answers in place of the world, while it returns something. */
  override: ((request: WorldRequest) => WorldReply | undefined) | undefined;
  protected readonly options: ApiWorldOptions;
  #nextId = 100_000;
  #minute = 0;
  #used = 0;

  constructor(options: ApiWorldOptions) {
    this.options = options;
  }

  handle(request: WorldRequest): WorldReply {
    this.log.push(`${request.method} ${request.path.replace(/\?.*/s, '')}`);
    const reply = this.override?.(request) ?? this.#limit() ?? this.route(request);
    return { ...reply, headers: { date: this.#date(), ...reply.headers } };
  }

  protected abstract route(request: WorldRequest): WorldReply;

  /** Its own time. */
  protected get now(): number {
    return this.options.clock.now() + this.offsetMs;
  }

  protected take(): number {
    this.#nextId += 1;
    return this.#nextId;
  }

  protected json(status: number, body: unknown): WorldReply {
    const headers = { 'content-type': 'application/json; charset=utf-8' };
    return { status, headers, body: body === undefined ? '' : JSON.stringify(body) };
  }

  #limit(): WorldReply | undefined {
    const now = this.options.clock.now();
    const minute = Math.floor(now / 60_000);
    if (minute !== this.#minute) [this.#minute, this.#used] = [minute, 0];
    this.#used += 1;
    if (this.#used <= (this.options.limitPerMinute ?? Infinity)) return undefined;
    const rest = Math.ceil(((minute + 1) * 60_000 - now) / 1_000);
    return { status: 429, headers: { 'retry-after': String(rest) }, body: 'Too Many Requests' };
  }

  #date(): string {
    return new Date(this.now).toUTCString();
  }
}

/** The first name that is not among those allowed. */
export function strangeKey(query: URLSearchParams, allowed: readonly string[]): string | undefined {
  return [...query.keys()].find((key) => !allowed.includes(key));
}
