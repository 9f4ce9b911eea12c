import { once } from 'node:events';
import { createConnection, createServer, type Socket } from 'node:net';

/** A next hop that lets each connection wait before it passes it on: so much mail is always on its way. */
export interface SlowHop {
  readonly port: number;
  /** Connections from now on go to this port, after a wait in milliseconds that `waitMs` says. */
  passTo(port: number, waitMs: () => number): void;
  stop(): Promise<void>;
}

export async function startSlowHop(): Promise<SlowHop> {
  const sockets = new Set<Socket>();
  const target = { port: 0, waitMs: () => 0 };
  const track = (socket: Socket): Socket => {
    sockets.add(socket);
    return socket
      .on('error', () => socket.destroy())
      .on('close', () => void sockets.delete(socket));
  };
  const server = createServer((socket) => {
    track(socket).pause();
    setTimeout(() => {
      if (socket.destroyed) return;
      const next = track(createConnection(target.port, '127.0.0.1'));
      socket.pipe(next).pipe(socket);
      next.on('close', () => socket.destroy());
      socket.on('close', () => next.destroy());
    }, target.waitMs());
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    passTo: (port, waitMs) => void Object.assign(target, { port, waitMs }),
    async stop() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
