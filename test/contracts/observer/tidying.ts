import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { createToken } from '../../../src/domain/token.ts';
import type { Litter, Observer, TidyManner, TidyResult } from '../../../src/observers/observer.ts';
import { createFakeRandom } from '../../support/fake-random.ts';
import { TEST_KEYS, TEST_ROUTE } from '../../support/test-launch.ts';
import type { Contract } from './bench.ts';
import { contractClock as clock, failureOf, lookFrom } from './looks.ts';
import { foreignMail, testCanary, type TestCanary } from './mails.ts';

/** Cleaning away what is ours, exactly that, and nothing else (truth 9). */
export function describeTidying(contract: Contract): void {
  const { contractCase, create, harness } = contract;
  const { manners } = harness;

  const tidy = (
    observer: Observer,
    litter: Litter,
    options: { readonly manner: TidyManner; readonly signal?: AbortSignal },
  ): Promise<TidyResult> => {
    const { signal = new AbortController().signal } = options;
    const result = observer.tidy?.(litter, { manner: options.manner, signal });
    return result ?? Promise.reject(new Error('it cannot tidy'));
  };

  /** A canary where it arrived, as a look names it. */
  async function arrived(canary: TestCanary = testCanary()): Promise<Litter> {
    const observer = create();
    const { cursor } = await lookFrom(observer);
    await contract.bench().deliver(canary.message);
    const [seen] = (await lookFrom(observer, cursor)).observations;
    if (seen === undefined) throw new Error('the canary did not arrive');
    return { token: seen.token, externalId: seen.externalId, place: seen.place };
  }

  /** Without `\Recent`, which says who opened the folder last, and is gone from RFC 9051. */
  async function foreignState(): Promise<string> {
    return (await contract.bench().state()).replace(/ ?\\Recent/g, '').replace(/ +$/gm, '');
  }

  describe('tidying', () => {
    if (manners.length === 0) {
      test('is not there', () => {
        expect('tidy' in create()).toBe(false);
      });
      return;
    }

    contractCase('delete takes the one copy away, and nothing of anybody else', async () => {
      await contract.bench().deliver(foreignMail());
      await contract.bench().deliver(foreignMail(), harness.places[0]);
      const before = await foreignState();
      const litter = await arrived();
      const there = await foreignState();
      const observer = create();

      const result = await tidy(observer, litter, { manner: 'delete' });

      expect(there).not.toBe(before);
      expect(result).toBe('done');
      expect(await foreignState()).toBe(before);
    });

    contractCase('delete takes one copy of two', async () => {
      const canary = testCanary();
      const first = await arrived(canary);
      const before = await foreignState();
      await contract.bench().deliver(canary.message);
      const copies = (await lookFrom(create())).observations;
      const second = copies.find(({ externalId }) => externalId !== first.externalId);

      const result = await tidy(create(), { ...first, ...second }, { manner: 'delete' });

      expect(copies).toHaveLength(2);
      expect(result).toBe('done');
      expect(await foreignState()).toBe(before);
    });

    contractCase('what was tidied is gone the next time, and changes nothing', async () => {
      const observer = create();
      const litter = await arrived();
      const first = await tidy(observer, litter, { manner: 'delete' });
      const before = await foreignState();

      const again = await tidy(observer, litter, { manner: 'delete' });
      const elsewhere = await tidy(create(), litter, { manner: 'delete' });

      expect([first, again, elsewhere]).toEqual(['done', 'gone', 'gone']);
      expect(await foreignState()).toBe(before);
    });

    contractCase('one after the other, each as soon as it has arrived', async () => {
      const observer = create();
      const before = await foreignState();
      const results: TidyResult[] = [];

      for (let round = 0; round < 3; round += 1) {
        results.push(await tidy(observer, await arrived(), { manner: 'delete' }));
      }

      expect(results).toEqual(['done', 'done', 'done']);
      expect(await foreignState()).toBe(before);
    });

    contractCase(
      'another canary under that name is not ours to take, and is left alone',
      async () => {
        const [one, other] = [await arrived(), await arrived()];
        const before = await foreignState();

        for (const manner of manners) {
          const result = await tidy(create(), { ...one, externalId: other.externalId }, { manner });

          expect(result).toBe('not_ours');
        }
        expect(await foreignState()).toBe(before);
      },
    );

    contractCase('a token that is nowhere takes nothing', async () => {
      const litter = await arrived();
      const random = createFakeRandom(99);
      const launchedAt = clock.now();
      const options = { kind: 'scheduled', launchedAt, route: TEST_ROUTE, random } as const;
      const token = createToken({ ...options, keys: TEST_KEYS });
      const before = await foreignState();

      const result = await tidy(create(), { ...litter, token }, { manner: 'delete' });

      expect(result).toBe('not_ours');
      expect(await foreignState()).toBe(before);
    });

    contractCase('names that no look has given are gone, whatever is in them', async () => {
      const { token, place, externalId } = await arrived();
      const before = await foreignState();
      const names = [
        '',
        '/',
        'x',
        '1',
        `${externalId}0000`,
        `${externalId}:*`,
        `${externalId},1`,
        '../../1/1',
        '*',
      ];

      for (const name of names) {
        const result = await tidy(
          create(),
          { token, place, externalId: name },
          { manner: 'delete' },
        );

        expect(result, name).toBe('gone');
      }
      expect(await foreignState()).toBe(before);
    });

    contractCase('looks go on beside it, and take the missing copy for nothing', async () => {
      const observer = create();
      const litter = await arrived();
      const first = await lookFrom(observer);
      const stop = new AbortController();
      const news = observer.news(stop.signal);

      const result = await tidy(observer, litter, { manner: 'delete' });
      stop.abort();
      await news;
      const next = await lookFrom(observer, first.cursor);

      expect(result).toBe('done');
      expect(next).toMatchObject({ complete: true, observations: [], mismatches: {} });
    });

    contractCase('close takes it out of the inbox, and can be said twice', async () => {
      if (!manners.includes('close')) return;
      const observer = create();
      const litter = await arrived();

      const result = await tidy(observer, litter, { manner: 'close' });
      const again = await tidy(observer, litter, { manner: 'close' });
      const look = await lookFrom(create());

      expect(result).toBe('done');
      // a system that closes in place still has it
      expect(['done', 'gone']).toContain(again);
      expect(look.observations.filter(({ place }) => place === 'inbox')).toEqual([]);
    });

    contractCase(
      'stops when it is told to, in the middle of connecting, and works afterwards',
      async () => {
        const litter = await arrived();
        const proxy = await contract.proxied();
        const observer = create({ port: proxy.port });
        proxy.setRules({ on: 'connect', do: 'stall' });
        const stop = new AbortController();
        const failing = failureOf(
          tidy(observer, litter, { manner: 'delete', signal: stop.signal }),
        );
        await proxy.whenRuleFired();

        stop.abort();
        const error = await failing;
        proxy.setRules();

        expect(error.reason).toBe('aborted');
        expect(await tidy(observer, litter, { manner: 'delete' })).toBe('done');
      },
    );

    contractCase('a wrong password is said so, without secrets', async () => {
      const litter = await arrived();

      const error = await failureOf(
        tidy(create({ wrongPassword: true }), litter, { manner: 'delete' }),
      );

      expect(error.reason).toBe('auth');
      for (const secret of contract.bench().secrets) expect(inspect(error)).not.toContain(secret);
    });
  });
}
