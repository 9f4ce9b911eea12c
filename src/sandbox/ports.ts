import type { AddressInfo, Server } from 'node:net';

/** The sandbox is nowhere else: nothing in it is safe to show to a network. */
export const HOST = '127.0.0.1';

const PORTS_TRIED = 50;

/**
 * Listens on loopback: on any free port for 0, else on `port` or the next one
 * that is free.
 *
 * @returns the port
 */
export async function listen(server: Server, port: number): Promise<number> {
  for (let candidate = port; ; candidate += 1) {
    try {
      return await listenOn(server, candidate);
    } catch (error) {
      const last = port === 0 || candidate >= Math.min(65_535, port + PORTS_TRIED);
      if (last || !isTaken(error)) throw error;
    }
  }
}

function listenOn(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const fail = (error: Error): void => {
      server.removeListener('listening', done);
      reject(error);
    };
    const done = (): void => {
      server.removeListener('error', fail);
      resolve(portOf(server.address()));
    };
    server.once('error', fail);
    server.once('listening', done);
    server.listen(port, HOST);
  });
}

function portOf(address: AddressInfo | string | null): number {
  return typeof address === 'object' && address !== null ? address.port : 0;
}

function isTaken(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
}

/** Stops listening at once, whatever is still connected. */
export function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    if (server.listening) server.close(() => resolve());
    else resolve();
  });
}
