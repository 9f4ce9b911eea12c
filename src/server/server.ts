import { createServer as createHttpServer, type Server as HttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { withDeadline } from '../base/deadline.ts';
import { messageOf, MonitorError } from '../base/errors.ts';
import { isLoopback } from '../base/server-url.ts';
import { createLiveEvents } from './live-events.ts';
import type { ServerParts } from './parts.ts';
import { createSite } from './site.ts';

export type { ServerParts } from './parts.ts';
export type { ServerSettings } from './settings.ts';

/** Status page, metrics and API over HTTP. */
export interface Server {
  /** Resolves when it listens. @throws MonitorError `config` when it cannot. */
  start(): Promise<{ readonly host: string; readonly port: number }>;
  /** Takes no new connections, ends the idle ones, and waits a few seconds for the rest. Idempotent. */
  stop(): Promise<void>;
}

/** What is still being answered then is cut off. */
const DRAIN_MS = 3_000;
/** Whole headers, then the whole request: the slowest honest client is far quicker. */
const HEADERS_TIMEOUT_MS = 10_000;
const REQUEST_TIMEOUT_MS = 20_000;
const LARGEST_HEADERS = 16_384;

export function createServer(parts: ServerParts): Server {
  const live = createLiveEvents(parts);
  const http = createHttpServer(
    {
      headersTimeout: HEADERS_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      maxHeaderSize: LARGEST_HEADERS,
    },
    createSite(parts, live),
  );
  let stopping: Promise<void> | undefined;
  return {
    async start() {
      const address = await listen(http, parts);
      warnWhenOpen(parts);
      return address;
    },
    stop() {
      stopping ??= drain(http, async () => live.stop(), parts);
      return stopping;
    },
  };
}

function listen(
  http: HttpServer,
  { config }: ServerParts,
): Promise<{ readonly host: string; readonly port: number }> {
  const { host, port } = config.listen;
  return new Promise((resolve, reject) => {
    http.once('error', (error) => {
      const message = `cannot listen on ${host} port ${port}: ${messageOf(error)}`;
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

function isSocketAddress(address: AddressInfo | string | null): address is AddressInfo {
  return typeof address === 'object' && address !== null;
}

function warnWhenOpen({ config, logger }: ServerParts): void {
  if (config.accessToken !== undefined || isLoopback(config.listen.host)) return;
  logger.warn(
    { host: config.listen.host },
    'everybody who can reach the status page can read it: no server.access_token',
  );
}

async function drain(
  http: HttpServer,
  endStreams: () => Promise<void>,
  { clock }: ServerParts,
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
