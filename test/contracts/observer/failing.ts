import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { inspect } from 'node:util';
import { expect, onTestFinished } from 'vitest';
import type { Reason } from '../../../src/base/errors.ts';
import type { Observer } from '../../../src/observers/observer.ts';
import type { Contract } from './bench.ts';
import { failureOf, idsOf, lookAgain, lookFrom } from './looks.ts';
import { testCanary } from './mails.ts';

/** What goes wrong, and what is said about it. No suite of its own: it would be empty for what connects to nothing. */
export function describeFailing(contract: Contract): void {
  const { contractCase, create, proxied } = contract;
  interface Breakage {
    readonly reasons: readonly Reason[];
    readonly retryable: boolean;
    readonly run: () => Promise<Observer>;
  }
  const breakages: Readonly<Record<string, Breakage>> = {
    'a wrong password': {
      reasons: ['auth'],
      retryable: false,
      run: () => Promise.resolve(create({ wrongPassword: true })),
    },
    'a refused connection': {
      reasons: ['unreachable'],
      retryable: true,
      async run() {
        const proxy = await proxied();
        await proxy.refuse();
        return create({ port: proxy.port });
      },
    },
    'a connection that is reset at once': {
      reasons: ['unreachable'],
      retryable: true,
      run: async () =>
        create({ port: (await proxied({ on: 'connect', do: 'reset', times: 9 })).port }),
    },
    'a connection that ends in the middle': {
      reasons: ['unreachable'],
      retryable: true,
      run: async () =>
        create({
          port: (await proxied({ on: 'server-bytes', moreThan: 100, do: 'close', times: 9 })).port,
        }),
    },
    'a server that says nothing': {
      reasons: ['timeout'],
      retryable: true,
      run: async () =>
        create({
          port: (await proxied({ on: 'connect', do: 'stall', times: 9 })).port,
          timeoutMs: 300,
        }),
    },
    'a server that falls silent': {
      reasons: ['timeout'],
      retryable: true,
      run: async () =>
        create({
          port: (await proxied({ on: 'server-bytes', moreThan: 100, do: 'stall', times: 9 })).port,
          timeoutMs: 300,
        }),
    },
    'a server that speaks something else': {
      reasons: ['bad-reply'],
      retryable: true,
      async run() {
        const server = createServer((socket) => {
          socket.on('error', () => undefined);
          socket.write('\u0000\u0001%PDF-1.7 this is no greeting\r\nnor is this\r\n');
        });
        server.listen(0, '127.0.0.1');
        await once(server, 'listening');
        onTestFinished(() => void server.close());
        return create({ port: (server.address() as AddressInfo).port, timeoutMs: 500 });
      },
    },
  };
  for (const [what, { reasons, retryable, run }] of Object.entries(breakages)) {
    contractCase(`${what} is told apart, without secrets`, async () => {
      const observer = await run();

      const errors = [
        await failureOf(lookFrom(observer)),
        await failureOf(observer.check(new AbortController().signal)),
      ];

      for (const error of errors) {
        expect(reasons).toContain(error.reason);
        expect(error.retryable).toBe(retryable);
        expect(error.message).not.toContain('\n');
        const text = inspect(error, { depth: 20, showHidden: true });
        for (const secret of contract.bench().secrets) expect(text).not.toContain(secret);
      }
    });
  }

  contractCase(
    'it does not connect again at once after a failure, and says when it will',
    async () => {
      const proxy = await proxied({ on: 'connect', do: 'reset', times: 1 });
      const observer = create({ port: proxy.port });
      await failureOf(lookFrom(observer));

      const early = await failureOf(lookFrom(observer));

      expect(early).toMatchObject({ reason: 'unreachable', retryable: true });
      expect(early.retryAfterMs).toBeGreaterThan(0);
      expect(early.retryAfterMs).toBeLessThanOrEqual(10_000);
      expect(proxy.connections().total).toBe(1);
      expect((await lookAgain(observer)).complete).toBe(true);
    },
  );

  contractCase('a look that breaks off says nothing, and the next one misses nothing', async () => {
    const proxy = await proxied();
    const observer = create({ port: proxy.port });
    const canary = testCanary();
    const { cursor } = await lookFrom(observer);
    await contract.bench().deliver(canary.message);
    proxy.setRules({ on: 'server-bytes', do: 'reset' });

    const broken = await failureOf(lookFrom(observer, cursor));
    const look = await lookAgain(observer, cursor);

    expect(broken.reason).toBe('unreachable');
    expect(idsOf(look)).toEqual([canary.token.id]);
  });

  contractCase('it outlives a restart of the server', async () => {
    const observer = create();
    const canary = testCanary();
    const { cursor } = await lookFrom(observer);
    await contract.bench().restart();
    await contract.bench().deliver(canary.message);

    const look = await lookAgain(observer, cursor);

    expect(look.complete).toBe(true);
    expect(idsOf(look)).toEqual([canary.token.id]);
  });
}
