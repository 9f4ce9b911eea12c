import { describe, expect } from 'vitest';
import type { Observer } from '../../../src/observers/observer.ts';
import type { Contract } from './bench.ts';
import { contractClock as clock, failureOf, lookAgain, lookFrom, timed } from './looks.ts';

const PROMPTLY_MS = 200;

/** Aborting and closing. */
export function describeStopping(contract: Contract): void {
  const { contractCase, create, proxied } = contract;
  describe('being stopped', () => {
    async function abortedLook(observer: Observer, when: Promise<unknown>): Promise<number> {
      const stop = new AbortController();
      const look = failureOf(observer.look({ cursor: undefined, since: 0, signal: stop.signal }));
      await when;
      const start = clock.now();
      stop.abort();
      expect((await look).reason).toBe('aborted');
      return clock.now() - start;
    }

    contractCase('a look stops promptly while it connects', async () => {
      const proxy = await proxied({ on: 'connect', do: 'stall' });

      const ms = await abortedLook(create({ port: proxy.port }), proxy.whenRuleFired());

      expect(ms).toBeLessThan(PROMPTLY_MS);
    });

    contractCase(
      'a look stops promptly while it waits for an answer, and works afterwards',
      async () => {
        const proxy = await proxied();
        const observer = create({ port: proxy.port });
        await lookFrom(observer);
        proxy.setRules({ on: 'client-bytes', do: 'stall' });

        const ms = await abortedLook(observer, proxy.whenRuleFired());
        const look = await lookAgain(observer);

        expect(ms).toBeLessThan(PROMPTLY_MS);
        expect(look.complete).toBe(true);
      },
    );

    contractCase('a look that is stopped before it begins sends nothing', async () => {
      const proxy = await proxied();
      const observer = create({ port: proxy.port });

      const error = await failureOf(
        observer.look({ cursor: undefined, since: 0, signal: AbortSignal.abort() }),
      );

      expect(error.reason).toBe('aborted');
      expect(proxy.connections().total).toBe(0);
    });

    contractCase('news stops promptly, connected or not, and looks go on', async () => {
      const observer = create();
      for (let round = 0; round < 3; round += 1) {
        const stop = new AbortController();
        const news = observer.news(stop.signal);
        await clock.sleep(30);
        stop.abort();
        const { ms } = await timed(news);
        const look = await lookFrom(observer);

        expect(ms).toBeLessThan(PROMPTLY_MS);
        expect(look.complete).toBe(true);
      }
    });

    contractCase('close ends a look, is idempotent and leaves no handles', async () => {
      const proxy = await proxied();
      const observer = create({ port: proxy.port });
      await lookFrom(observer);
      const news = observer.news(new AbortController().signal);
      proxy.setRules({ on: 'client-bytes', do: 'stall' });
      const other = await proxied({ on: 'connect', do: 'stall' });
      const connecting = create({ port: other.port });
      const pending = failureOf(lookFrom(connecting));
      await other.whenRuleFired();

      await Promise.all([observer.close(), observer.close(), connecting.close()]);
      await news;

      expect((await pending).reason).toBe('aborted');
      expect((await failureOf(lookFrom(observer))).reason).toBe('aborted');
      await Promise.all([proxy.whenIdle(), other.whenIdle()]);
    });
  });
}
