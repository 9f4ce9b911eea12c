import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Clock } from '../base/clock.ts';
import { withDeadline } from '../base/deadline.ts';
import { messageOf, MonitorError } from '../base/errors.ts';
import type { Logger } from '../base/logger.ts';

export interface ListenAddress {
  /** A name or an address; IPv6 without brackets. */
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
}

/** What is still being answered then is cut off. */
const DRAIN_MS = 3_000;
/** Whole headers, then the whole request: the slowest honest client is far quicker. */
const HEADERS_TIMEOUT_MS = 10_000;
const REQUEST_TIMEOUT_MS = 20_000;
const LARGEST_HEADERS = 16_384;
/** Of a connection on which nothing moves: a reader that stands still keeps megabytes of metrics in memory. Streams beat sooner. */
const STANDSTILL_MS = 60_000;

/** An HTTP server that no slow or talkative client can hold on to. */
export function createSocket(site: RequestListener): Server {
  const limits = {
    headersTimeout: HEADERS_TIMEOUT_MS,
    requestTimeout: REQUEST_TIMEOUT_MS,
    maxHeaderSize: LARGEST_HEADERS,
  };
  const http = createServer(limits, site);
  http.timeout = STANDSTILL_MS;
  return http;
}

/** Resolves with where it listens. @throws MonitorError `config` when it cannot. */
export function listen(
  http: Server,
  { host, port }: ListenAddress,
  logger: Pick<Logger, 'warn'>,
): Promise<ListenAddress> {
  const told = new Set<string>();
  return new Promise((resolve, reject) => {
    // Also of a connection that could not be taken (the machine has no descriptor left): without a listener it would end the process.
    http.on('error', (error: NodeJS.ErrnoException) => {
      if (http.listening) {
        const detail = messageOf(error);
        if (!told.has(detail)) logger.warn({ host, port, detail }, 'a connection was not taken');
        told.add(detail);
        return;
      }
      const message = `cannot listen on ${host} port ${port}: ${faultOf(error)}`;
      reject(new MonitorError(message, { reason: 'config', retryable: false, cause: error }));
    });
    http.listen({ host, port }, () => {
      const address = http.address();
      resolve(
        isSocketAddress(address) ? { host: address.address, port: address.port } : { host, port },
      );
    });
  });
}

const FAULTS: Readonly<Record<string, string>> = {
  EADDRINUSE:
    'another process does already; end it, or write another port (server.listen, server.hooks.listen)',
  EADDRNOTAVAIL: 'this machine has no such address; write one of its own, or 0.0.0.0 for all',
  EACCES: 'that needs more rights; write a port from 1024 on',
};

function faultOf(error: NodeJS.ErrnoException): string {
  return FAULTS[error.code ?? ''] ?? messageOf(error);
}

function isSocketAddress(address: AddressInfo | string | null): address is AddressInfo {
  return typeof address === 'object' && address !== null;
}

/** Takes no new connections, ends the idle ones, and waits a few seconds for the rest. */
export async function drain(
  http: Server,
  endStreams: () => Promise<void>,
  clock: Clock,
): Promise<void> {
  const closed = new Promise<void>((resolve) => {
    http.close(() => resolve()); // of a server that never listened: at once, with an error
  });
  await endStreams();
  http.closeIdleConnections();
  try {
    await withDeadline({ clock, ms: DRAIN_MS, what: 'the last answer' }, () => closed);
  } catch {
    http.closeAllConnections();
    await closed;
  }
}
