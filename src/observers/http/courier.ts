import type { Clock } from '../../base/clock.ts';
import { withDeadline } from '../../base/deadline.ts';
import type { Secret } from '../../base/secret.ts';
import { createBudget, type Budget, type RateNote } from './budget.ts';
import { createExchange, type Exchange, type HttpReply, type HttpRequest } from './exchange.ts';
import { failureOfExchange, retryAfterMs, UNSAID_WISH_MS } from './failure.ts';
import { createOffsetBook, type OffsetBook } from './offset.ts';

/** How requests show who we are. */
export interface Authorization {
  /** In lower case; default: `authorization`. */
  readonly headerName?: string;
  /** What stands in that header. @throws MonitorError */
  header(signal: AbortSignal): Promise<string>;
  /** The service did not take it. Answers whether there may be another one to try. */
  renew(): boolean;
}

export interface HttpOptions {
  /** Scheme, host and what stands before every path. */
  readonly baseUrl: URL;
  /** One request, from the connection to the end of the reply. */
  readonly timeoutMs: number;
  readonly requestsPerMinute: number;
  /** To be kept out of every error; asked each time, since tokens change. */
  readonly secrets: () => readonly Secret[];
  /** The header in which the service says what is left of its limit. */
  readonly remainingHeader?: string;
  /** The one in which it says the limit itself. */
  readonly limitHeader?: string;
  readonly clock: Clock;
  /** Default: connections of its own. */
  readonly exchange?: Exchange;
}

export interface HttpCall {
  readonly method?: HttpRequest['method'];
  /** Below the base URL, with its query. */
  readonly path: string;
  readonly authorization?: Authorization;
  /** Besides our own; names in lower case. */
  readonly headers?: Readonly<Record<string, string>>;
  /** What is sent, and its media type. */
  readonly body?: { readonly type: string; readonly text: string };
  /** Requests that the service counts it for; default 1. */
  readonly cost?: number;
  /** Statuses besides 2xx that are an answer and no failure; a redirect among them is not followed. */
  readonly allow?: readonly number[];
  /** In bytes; default 1 MiB. */
  readonly bodyLimit?: number;
}

/** Carries one request at a time to one host, within budget and deadline, and learns from each reply. */
export interface Courier {
  /** The reply, whatever its status. @throws MonitorError when there is none. */
  send(call: HttpCall, url: URL, signal: AbortSignal): Promise<HttpReply>;
  readonly offsets: Pick<OffsetBook, 'offset'>;
  readonly budget: Pick<Budget, 'remaining' | 'lastSaid' | 'lastLimit'>;
  /** Requests made so far, failed ones too. */
  requests(): number;
  close(): void;
}

const BODY_LIMIT = 1_024 * 1_024;

export function createCourier(options: HttpOptions): Courier {
  const { clock, timeoutMs, secrets, requestsPerMinute } = options;
  const line =
    options.exchange === undefined
      ? createExchange(clock)
      : { exchange: options.exchange, close: () => undefined };
  const budget = createBudget({ clock, perMinute: requestsPerMinute, what: options.baseUrl.host });
  const offsets = createOffsetBook(clock);
  let requests = 0;

  return {
    offsets,
    budget,
    requests: () => requests,
    close: () => line.close(),
    async send(call, url, signal) {
      const isHome = url.origin === options.baseUrl.origin;
      const what = url.host;
      const header = await call.authorization?.header(signal);
      const request = requestOf(call, url, header);
      return withDeadline({ clock, ms: timeoutMs, what, signal }, async (inner) => {
        inner.throwIfAborted();
        budget.spend(call.cost ?? 1);
        requests += 1;
        try {
          const reply = await line.exchange(request, inner);
          if (!isHome) return reply; // a token endpoint has a clock and limits of its own
          offsets.note(reply);
          budget.heard(rateNote(reply, options));
          return reply;
        } catch (error) {
          throw failureOfExchange(error, { what, secrets: secrets() });
        }
      });
    },
  };
}

function requestOf(call: HttpCall, url: URL, authorization: string | undefined): HttpRequest {
  const { method = 'GET', body, bodyLimit = BODY_LIMIT } = call;
  const headers = { accept: 'application/json', 'user-agent': 'mailcanary', ...call.headers };
  const name = call.authorization?.headerName ?? 'authorization';
  const shown = authorization === undefined ? headers : { ...headers, [name]: authorization };
  if (body === undefined) return { method, url, headers: shown, bodyLimit };
  const length = String(Buffer.byteLength(body.text));
  const described = { ...shown, 'content-type': body.type, 'content-length': length };
  return { method, url, headers: described, body: body.text, bodyLimit };
}

function rateNote(reply: HttpReply, options: HttpOptions): RateNote {
  const remaining = numberIn(reply, options.remainingHeader);
  const limit = numberIn(reply, options.limitHeader);
  const isRefusal = reply.status === 429 || reply.status === 503;
  if (!isRefusal && remaining !== 0) return { remaining, limit };
  const unsaid = reply.status === 429 ? UNSAID_WISH_MS : undefined;
  return { remaining, limit, retryAfterMs: retryAfterMs(reply, options.clock) ?? unsaid };
}

function numberIn({ headers }: HttpReply, name: string | undefined): number | undefined {
  const text = name === undefined ? undefined : headers[name]?.trim();
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;
}
