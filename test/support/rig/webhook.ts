import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';

/** One alert of one notification, as it came. */
export interface Notified {
  /** When the request was there, by the wall clock. */
  readonly at: number;
  /** Last part of the path: which receiver it was meant for. */
  readonly receiver: string;
  readonly status: 'firing' | 'resolved';
  readonly alert: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

/** A pager that writes down who calls. */
export interface Webhook {
  url(receiver: string): string;
  readonly notified: readonly Notified[];
  /** Paths that were only asked for: heartbeats. */
  readonly pings: readonly string[];
  /** The first notification that fits, past or to come. @throws Error after `withinMs`, with all that came. */
  until(fits: (notified: Notified) => boolean, withinMs: number): Promise<Notified>;
  stop(): Promise<void>;
}

export async function startWebhook(): Promise<Webhook> {
  const notified: Notified[] = [];
  const watchers = new Set<() => void>();
  const pings: string[] = [];
  const server = createServer((request, response) => {
    if (request.method === 'GET') {
      pings.push(request.url ?? '');
      response.end();
      return;
    }
    void receive(request).then((alerts) => {
      notified.push(...alerts);
      response.end();
      for (const watcher of [...watchers]) watcher();
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    url: (receiver) => `http://127.0.0.1:${port}/${receiver}`,
    notified,
    pings,
    until(fits, withinMs) {
      return new Promise((resolve, reject) => {
        const giveUp = setTimeout(() => {
          watchers.delete(check);
          const came = notified.map(({ receiver, status, alert }) => [receiver, status, alert]);
          reject(new Error(`not notified; came: ${JSON.stringify(came)}`));
        }, withinMs);
        const check = (): void => {
          const found = notified.find(fits);
          if (found === undefined) return;
          clearTimeout(giveUp);
          watchers.delete(check);
          resolve(found);
        };
        watchers.add(check);
        check();
      });
    },
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

interface Payload {
  readonly alerts: readonly {
    readonly status: 'firing' | 'resolved';
    readonly labels: Record<string, string>;
    readonly annotations: Record<string, string>;
  }[];
}

async function receive(request: IncomingMessage): Promise<readonly Notified[]> {
  const at = Date.now();
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const { alerts } = JSON.parse(Buffer.concat(chunks).toString()) as Payload;
  const receiver = request.url?.split('/').at(-1) ?? '';
  return alerts.map(({ status, labels, annotations }) => ({
    ...{ at, receiver, status, labels, annotations },
    alert: labels['alertname'] ?? '',
  }));
}
