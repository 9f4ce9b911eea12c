import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import { Secret } from '../../../src/base/secret.ts';
import { createSystemClock } from '../../../src/base/system.ts';
import { createHttp, type Http } from '../../../src/observers/http/http.ts';

export { failureOf } from '../../contracts/observer/looks.ts';

export const PLANTED = 'planted-secret-4711';
export const clock = createSystemClock();
export const { signal } = new AbortController();

type Handler = (incoming: IncomingMessage, outgoing: ServerResponse) => void;

/** A server of this test. Answers its requests as `METHOD path authorization`. */
export async function serve(handler: Handler): Promise<{ port: number; requests: string[] }> {
  const requests: string[] = [];
  const server = createServer((incoming, outgoing) => {
    requests.push(`${incoming.method} ${incoming.url} ${incoming.headers.authorization ?? '-'}`);
    handler(incoming, outgoing);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { port: (server.address() as AddressInfo).port, requests };
}

export function open(port: number, options: { timeoutMs?: number; path?: string } = {}): Http {
  const http = createHttp({
    baseUrl: new URL(`http://127.0.0.1:${port}${options.path ?? ''}`),
    timeoutMs: options.timeoutMs ?? 5_000,
    requestsPerMinute: 1_000,
    secrets: () => [new Secret(PLANTED)],
    remainingHeader: 'x-ratelimit-remaining-minute',
    clock,
  });
  onTestFinished(() => http.close());
  return http;
}
