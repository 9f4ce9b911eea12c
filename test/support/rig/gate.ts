import { once } from 'node:events';
import { createConnection, createServer, type Socket } from 'node:net';

/** A next hop that can be down: closed, it turns Postfix away with 421; open, it passes on to Dovecot. */
export interface Gate {
  readonly port: number;
  open(): void;
  close(): void;
  isOpen(): boolean;
  stop(): Promise<void>;
}

export async function startGate(targetPort: number): Promise<Gate> {
  let isOpen = true;
  const sockets = new Set<Socket>();
  const track = (socket: Socket): void => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => sockets.delete(socket));
  };
  const server = createServer((socket) => {
    track(socket);
    if (!isOpen) {
      socket.end('421 4.3.2 the rig holds all mail\r\n');
      return;
    }
    const target = createConnection(targetPort, '127.0.0.1');
    track(target);
    socket.pipe(target).pipe(socket);
    target.on('close', () => socket.destroy());
    socket.on('close', () => target.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    isOpen: () => isOpen,
    open() {
      isOpen = true;
    },
    close() {
      isOpen = false;
    },
    async stop() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
