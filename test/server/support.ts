import { request as httpRequest, type IncomingHttpHeaders, type RequestOptions } from 'node:http';
import { expect } from 'vitest';
import { silentLogger, type Logger } from '../../src/base/logger.ts';
import { Secret } from '../../src/base/secret.ts';
import { createSystemClock } from '../../src/base/system.ts';
import type { LedgerEvent } from '../../src/domain/events.ts';
import type { Control } from '../../src/engine/control.ts';
import { createServer, type Server, type ServerParts } from '../../src/server/server.ts';
import { atEnd } from '../ledger/support.ts';
import { testLaunch } from '../support/test-launch.ts';
import { launchCanary } from '../../src/domain/canary.ts';
import { anObserver, aProbe, NOW, READY } from './samples.ts';

export const ACCESS_TOKEN = 'open-sesame-0123456789';
export const LISTEN = { host: '127.0.0.1', port: 0 };
export const OPEN = { listen: LISTEN, allowedHosts: [] };
export const LOCKED = { ...OPEN, accessToken: new Secret(ACCESS_TOKEN) };
/** Longer than anything we take. */
export const LONG = 'a'.repeat(3_000);

/** A monitor that does nothing and remembers what it was told. */
export interface FakeControl extends Control {
  readonly told: string[];
}

export function fakeControl(changes: Partial<Control> = {}): FakeControl {
  const told: string[] = [];
  return {
    told,
    vantage: 'default',
    startedAt: NOW - 3_600_000,
    now: () => NOW,
    probes: () => [aProbe()],
    observers: () => [anObserver()],
    readiness: () => READY,
    launch(probe, deadlines) {
      const asked = deadlines === undefined ? '' : ` ${JSON.stringify(deadlines)}`;
      told.push(`launch ${probe}${asked}`);
      return Promise.resolve(launchCanary(testLaunch({ kind: 'manual', launchedAt: NOW })));
    },
    pause(probe, { forMs, reason }) {
      told.push(`pause ${probe} ${forMs} ${reason}`);
      return Promise.resolve({ since: NOW, until: NOW + forMs, reason });
    },
    resume(probe) {
      told.push(`resume ${probe}`);
      return Promise.resolve(true);
    },
    reload() {
      told.push('reload');
      return Promise.resolve({ ok: true, changed: ['probes.support'], needsRestart: [] });
    },
    ...changes,
  };
}

const EMPTY_VIEW: ServerParts['view'] = {
  findCanary: () => Promise.resolve(undefined),
  timeline: () => Promise.resolve([]),
  recent: () => Promise.resolve([]),
};

export interface TestSite {
  readonly server: Server;
  readonly host: string;
  readonly port: number;
  emit(event: LedgerEvent): void;
  get(path: string, options?: RequestOptions): Promise<Answer>;
  post(path: string, body?: string, headers?: Record<string, string>): Promise<Answer>;
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

/** The real server on loopback; the test's end stops it. */
export async function startSite(parts: Partial<ServerParts> = {}): Promise<TestSite> {
  const listeners = new Set<(event: LedgerEvent) => void>();
  const server = createServer({
    control: fakeControl(),
    view: EMPTY_VIEW,
    metrics: {
      scrape: () =>
        Promise.resolve({
          contentType: 'text/plain; version=0.0.4',
          chunks: [Buffer.from('up '), Buffer.from('1\n')],
        }),
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    config: { listen: LISTEN, allowedHosts: ['canary.example.com'] },
    clock: createSystemClock(),
    logger: silentLogger,
    ...parts,
  });
  const { host, port } = await server.start();
  atEnd(() => server.stop());
  const send = (options: RequestOptions, body?: string): Promise<Answer> =>
    ask({ host, port, ...options }, body);
  return {
    server,
    host,
    port,
    emit(event) {
      for (const listener of listeners) listener(event);
    },
    get: (path, options) => send({ path, ...options }),
    post: (path, body, headers) =>
      send({ path, method: 'POST', ...(headers === undefined ? {} : { headers }) }, body),
  };
}

/** Not fetch: it would correct paths and the Host header. */
export function ask(options: RequestOptions, body?: string | Uint8Array): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = httpRequest({ agent: false, ...options }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => (text += chunk));
      response.on('error', reject);
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text }),
      );
    });
    request.on('error', reject);
    request.end(body);
  });
}

export const bearer = (token = ACCESS_TOKEN): Record<string, string> => ({
  authorization: `Bearer ${token}`,
});

export function basic(password = ACCESS_TOKEN, user = 'any'): Record<string, string> {
  return { authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}` };
}

/** A logger that keeps the fields of each line. */
export function recorder(logged: object[]): Logger {
  const note = (fields: object, message: string): void => {
    logged.push(fields);
    expect(message).not.toMatch(/\d/); // constant sentences
  };
  return { debug: note, info: note, warn: note, error: note };
}
