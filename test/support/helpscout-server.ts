import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { WorldReply, WorldRequest } from './helpscout-records.ts';
import type { HelpscoutWorld } from './helpscout-world.ts';

/** A world behind a socket on loopback. */
export interface WorldServer {
  readonly port: number;
  /** Ends all connections and takes new ones on the same port. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

export async function serveWorld(world: Pick<HelpscoutWorld, 'handle'>): Promise<WorldServer> {
  let server = await listen(world, 0);
  const { port } = server.address() as AddressInfo;
  const stop = async (): Promise<void> => {
    const closed = once(server, 'close');
    server.close();
    server.closeAllConnections();
    await closed;
  };
  return {
    port,
    stop,
    async restart() {
      await stop();
      server = await listen(world, port);
    },
  };
}

async function listen(
  world: { handle(request: WorldRequest): WorldReply },
  port: number,
): Promise<Server> {
  const server = createServer((incoming, outgoing) => {
    const chunks: Buffer[] = [];
    incoming.on('error', () => undefined);
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('end', () => {
      const { method = '', url = '', headers } = incoming;
      const flat = Object.fromEntries(
        Object.entries(headers).map(([name, value]) => [name, String(value)]),
      );
      const body = Buffer.concat(chunks).toString('utf8');
      const reply = world.handle({ method, path: url, headers: flat, body });
      outgoing.sendDate = false;
      outgoing.writeHead(reply.status, reply.headers);
      outgoing.end(reply.body);
    });
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return server;
}
