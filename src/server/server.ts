import { isLoopback } from '../base/server-url.ts';
import { createLiveEvents } from './live-events.ts';
import type { ServerParts } from './parts.ts';
import { createSite } from './site.ts';
import { createSocket, drain, listen, type ListenAddress } from './socket.ts';

export type { ServerParts } from './parts.ts';
export type { ServerSettings } from './settings.ts';

/** Status page, metrics and API over HTTP. */
export interface Server {
  /** Resolves when it listens. @throws MonitorError `config` when it cannot. */
  start(): Promise<ListenAddress>;
  /** Takes no new connections, ends the idle ones, and waits a few seconds for the rest. Idempotent. */
  stop(): Promise<void>;
}

export function createServer(parts: ServerParts): Server {
  const live = createLiveEvents(parts);
  const http = createSocket(createSite(parts, live));
  let stopping: Promise<void> | undefined;
  return {
    async start() {
      const address = await listen(http, parts.config.listen, parts.logger);
      warnWhenOpen(parts);
      return address;
    },
    stop() {
      stopping ??= drain(http, async () => live.stop(), parts.clock);
      return stopping;
    },
  };
}

function warnWhenOpen({ config, logger }: ServerParts): void {
  if (config.accessToken !== undefined || isLoopback(config.listen.host)) return;
  logger.warn(
    { host: config.listen.host },
    'everybody who can reach the status page can read it: no server.access_token',
  );
}
