import {
  Agent,
  request as plainRequest,
  type ClientRequest,
  type IncomingMessage,
} from 'node:http';
import { Agent as TlsAgent, request as tlsRequest } from 'node:https';
import type { Clock, Instant } from '../../base/clock.ts';
import { MonitorError } from '../../base/errors.ts';

export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** A longer body of the reply is not read, in bytes. */
  readonly bodyLimit: number;
}

export interface HttpReply {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: string;
  /** The request left no earlier than this. */
  readonly requestedAt: Instant;
  /** The head of the reply was here by then. */
  readonly receivedAt: Instant;
}

/** One request and its reply, whatever the status; no redirect, no retry. Rejects with what Node says, or BodyTooLarge. */
export type Exchange = (request: HttpRequest, signal: AbortSignal) => Promise<HttpReply>;

/** The reply was cut off at the limit. */
export class BodyTooLarge extends MonitorError {
  constructor(what: string, limit: number) {
    const message = `${what}: the answer is longer than ${limit / 1_024} KiB`;
    super(message, { reason: 'bad-reply', retryable: true });
  }
}

/** Servers close an idle connection after 5 s and more; ours are gone before, so that none is used as it closes. */
const IDLE_MS = 4_000;

/**
 * Exchanges over connections of its own. Not `fetch`: its pool cannot be
 * closed, so that sockets would outlive their observer, and it does not say
 * when a request left, by which the other side's clock is judged.
 */
export function createExchange(clock: Clock): { readonly exchange: Exchange; close(): void } {
  const options = { keepAlive: true, timeout: IDLE_MS };
  const plain = new Agent(options);
  const tls = new TlsAgent(options);
  return {
    exchange: (request, signal) =>
      new Promise((resolve, reject) => {
        const { url, method, headers } = request;
        const isTls = url.protocol === 'https:';
        const settings = { method, headers, signal, agent: isTls ? tls : plain };
        const outgoing = (isTls ? tlsRequest : plainRequest)(url, settings);
        const requestedAt = noteDeparture(outgoing, clock, isTls);
        outgoing.on('error', reject);
        outgoing.on('response', (incoming) => {
          const receivedAt = clock.now();
          readBody(incoming, request).then(
            (body) =>
              resolve({
                status: incoming.statusCode ?? 0,
                headers: oneValueEach(incoming),
                body,
                requestedAt: requestedAt(),
                receivedAt,
              }),
            reject,
          );
        });
        outgoing.end(request.body);
      }),
    close() {
      plain.destroy();
      tls.destroy();
    },
  };
}

/** A new connection takes round trips before the request can leave; they must not count for the other side's clock. */
function noteDeparture(outgoing: ClientRequest, clock: Clock, isTls: boolean): () => Instant {
  let departure = clock.now();
  outgoing.on('socket', (socket) => {
    const note = (): void => {
      departure = clock.now();
    };
    if (socket.connecting) socket.once(isTls ? 'secureConnect' : 'connect', note);
    else note();
  });
  return () => departure;
}

async function readBody(incoming: IncomingMessage, request: HttpRequest): Promise<string> {
  const { bodyLimit, url } = request;
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of incoming) {
    if (!(chunk instanceof Uint8Array)) continue;
    size += chunk.length;
    if (size > bodyLimit) throw new BodyTooLarge(url.host, bodyLimit); // leaving the loop destroys the socket
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function oneValueEach(incoming: IncomingMessage): HttpReply['headers'] {
  return Object.fromEntries(
    Object.entries(incoming.headers).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.join(', ') : value,
    ]),
  );
}
