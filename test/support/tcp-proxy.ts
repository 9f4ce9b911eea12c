import { once } from 'node:events';
import { createConnection, createServer, type Server } from 'node:net';
import type { Clock } from '../../src/base/clock.ts';
import { createSystemClock } from '../../src/base/system.ts';
import { findFreePorts } from './rig/processes.ts';
import { joinConnection, type Connection } from './tcp-proxy-connection.ts';
import { createRules, type Rule, type Side } from './tcp-proxy-rules.ts';

export type { Cut, Fault, Rule, Side } from './tcp-proxy-rules.ts';

export interface ProxyOptions {
  readonly target: { readonly host?: string; readonly port: number };
  /** Where it listens; any free one unless said. */
  readonly port?: number;
  readonly rules?: readonly Rule[];
  /** Bytes pass as they come, for TLS from the start; line rules never fire then. After STARTTLS it is so by itself. */
  readonly raw?: boolean;
  /** For delays. */
  readonly clock?: Clock;
  /** Hears of each rule as it fires, before it has its effect. */
  readonly onFire?: (rule: Rule) => void;
}

export interface Passed {
  /** Number of the connection, from 1. */
  readonly connection: number;
  readonly from: Side;
  /** A line without CRLF; else bytes as latin1. */
  readonly text: string;
}

/** A TCP proxy on 127.0.0.1 that fails as its rules say. */
export interface TcpProxy {
  readonly port: number;
  /** What was passed on, of all connections. */
  readonly transcript: readonly Passed[];
  /** What one side got through, as lines. */
  said(from: Side): string[];
  connections(): { readonly total: number; readonly open: number };
  /** Replaces all rules, also for connections that are open. */
  setRules(...rules: readonly Rule[]): void;
  /** One more rule, after those there are. */
  addRule(rule: Rule): void;
  /** Stops listening: new connections are refused. Those that are open stay. */
  refuse(): Promise<void>;
  /** Listens again, on the same port. */
  accept(): Promise<void>;
  /** Resets all open connections. */
  resetAll(): void;
  /** Resolves when `count` connections have been made in all. */
  whenConnected(count?: number): Promise<void>;
  /** Resolves when rules have fired `count` times in all. */
  whenRuleFired(count?: number): Promise<void>;
  /** Resolves when something that was passed on, or is now, fits. */
  whenPassed(fits: (passed: Passed) => boolean): Promise<void>;
  /** Resolves when no client is connected. */
  whenIdle(): Promise<void>;
  stop(): Promise<void>;
}

export async function startProxy(options: ProxyOptions): Promise<TcpProxy> {
  const clock = options.clock ?? createSystemClock();
  const { host = '127.0.0.1', port: targetPort } = options.target;
  const { port = (await findFreePorts(1))[0] ?? 0 } = options;
  const transcript: Passed[] = [];
  const rules = createRules(options.rules ?? [], options.onFire);
  const changes = createChanges();
  /** Those whose target side may still be open after a stall count as closed, but must be ended. */
  const all = new Set<Connection>();
  let total = 0;
  let open = 0;

  const server = createServer({ allowHalfOpen: true }, (client) => {
    const connection = (total += 1);
    open += 1;
    client.once('close', () => {
      open -= 1;
      changes.notify();
    });
    all.add(
      joinConnection(client, {
        clock,
        raw: options.raw ?? false,
        connectTarget: () => createConnection({ host, port: targetPort, allowHalfOpen: true }),
        fire(happening) {
          const fired = rules.fire(happening, connection);
          // The fault is applied by the time that whoever waits for it goes on.
          if (fired !== undefined) setImmediate(() => changes.notify());
          return fired;
        },
        record(from, text) {
          transcript.push({ connection, from, text });
          changes.notify();
        },
      }),
    );
    changes.notify();
  });
  await listen(server, port);

  const resetAll = (): void => {
    for (const connection of all) connection.reset();
    all.clear();
  };
  return {
    port,
    transcript,
    said: (from) => transcript.filter((it) => it.from === from).map((it) => it.text),
    connections: () => ({ total, open }),
    setRules: (...next) => rules.replace(next),
    addRule: (rule) => rules.add(rule),
    async refuse() {
      server.close(); // its end waits for open connections, we do not
      await changes.until(() => !server.listening);
    },
    accept: () => listen(server, port),
    resetAll,
    whenConnected: (count = 1) => changes.until(() => total >= count),
    whenRuleFired: (count = 1) => changes.until(() => rules.fired() >= count),
    whenPassed: (fits) => changes.until(() => transcript.some(fits)),
    whenIdle: () => changes.until(() => open === 0),
    async stop() {
      resetAll();
      server.close();
      await changes.until(() => open === 0);
    },
  };
}

async function listen(server: Server, port: number): Promise<void> {
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
}

interface Changes {
  /** Something may be different now. */
  notify(): void;
  until(condition: () => boolean): Promise<void>;
}

function createChanges(): Changes {
  const checks = new Set<() => void>();
  return {
    notify() {
      for (const check of [...checks]) check();
    },
    until(condition) {
      return new Promise((resolve) => {
        const check = (): void => {
          if (!condition()) return;
          checks.delete(check);
          resolve();
        };
        checks.add(check);
        check();
      });
    },
  };
}
