import { describe, expect } from 'vitest';
import { isMisfiled } from '../../../src/domain/sighting.ts';
import type { Contract } from './bench.ts';
import { contractClock as clock, copiesOf, idsOf, lookFrom } from './looks.ts';
import { foreignMail, testCanary } from './mails.ts';

/** Arrivals, cursors, places, copies. */
export function describeSeeing(contract: Contract): void {
  const { contractCase, create, harness } = contract;
  describe('what it sees', () => {
    contractCase('a delivered canary is seen once, in the inbox, with a stamp', async () => {
      const observer = create();
      const canary = testCanary();
      const before = await lookFrom(observer);
      await contract.bench().deliver(canary.message);

      const seen = await lookFrom(observer, before.cursor);
      const after = await lookFrom(observer, seen.cursor);

      expect(before).toMatchObject({ complete: true, observations: [] });
      expect(idsOf(seen)).toEqual([canary.token.id]);
      expect(seen.observations[0]).toMatchObject({ place: 'inbox', foreignMessageId: null });
      const { stampQuantumMs } = observer.capabilities;
      const stamp = seen.observations[0]?.stamp;
      expect(stamp?.quantumMs).toBe(stampQuantumMs ?? undefined);
      if (stamp) expect(Math.abs(stamp.at - clock.now())).toBeLessThan(5_000);
      expect(after).toMatchObject({ complete: true, observations: [], mismatches: {} });
    });

    contractCase('a look says when it began and ended, and what each place cost', async () => {
      const observer = create();
      const start = clock.now();

      const look = await lookFrom(observer);

      expect(look.complete).toBe(true);
      expect(look.places.map(({ place }) => place).sort()).toEqual(
        ['inbox', ...harness.places].sort(),
      );
      expect(look.startedAt).toBeGreaterThanOrEqual(start);
      for (const { startedAt } of look.places) {
        expect(startedAt).toBeGreaterThanOrEqual(look.startedAt);
        expect(startedAt).toBeLessThanOrEqual(look.endedAt);
      }
      expect(look.endedAt).toBeLessThanOrEqual(clock.now());
      expect(look.requests).toBeGreaterThan(0);
    });

    contractCase(
      'the same cursor gives the same, the next one nothing, also after a restart of ours',
      async () => {
        const canaries = [testCanary(), testCanary(), testCanary()];
        const observer = create();
        const { cursor } = await lookFrom(observer);
        for (const canary of canaries) await contract.bench().deliver(canary.message);

        const first = await lookFrom(observer, cursor);
        const again = await lookFrom(observer, cursor);
        const stored: unknown = JSON.parse(JSON.stringify(cursor));
        const elsewhere = await lookFrom(create(), stored);
        const next = await lookFrom(create(), JSON.parse(JSON.stringify(first.cursor)));

        expect(idsOf(first)).toEqual(canaries.map(({ token }) => token.id).sort());
        expect(copiesOf(again)).toEqual(copiesOf(first));
        expect(copiesOf(elsewhere)).toEqual(copiesOf(first));
        expect(next.observations).toEqual([]);
      },
    );

    contractCase('what came before the first look is found by its date', async () => {
      const canary = testCanary();
      await contract.bench().deliver(foreignMail());
      await contract.bench().deliver(canary.message);

      const look = await lookFrom(create());

      expect(look.complete).toBe(true);
      expect(idsOf(look)).toEqual([canary.token.id]);
    });

    contractCase('a cursor that it cannot read is like none', async () => {
      const canary = testCanary();
      await contract.bench().deliver(canary.message);

      for (const cursor of [null, 7, 'x', { format: 99 }, { folders: { INBOX: -1 } }]) {
        expect(idsOf(await lookFrom(create(), cursor))).toEqual([canary.token.id]);
      }
    });

    contractCase('a canary in another place is seen there', async () => {
      const observer = create();
      let cursor: unknown;
      for (const place of harness.places) {
        const canary = testCanary();
        await contract.bench().deliver(canary.message, place);

        const look = await lookFrom(observer, cursor);

        expect(idsOf(look), place).toEqual([canary.token.id]);
        expect(look.observations[0]?.place).toBe(place);
        cursor = look.cursor;
      }
      expect(harness.places.some(isMisfiled)).toBe(true);
    });

    contractCase('copies of one canary are reported together, whenever they come', async () => {
      const observer = create();
      const canary = testCanary();
      const { cursor } = await lookFrom(observer);
      await contract.bench().deliver(canary.message);
      const one = await lookFrom(observer, cursor);
      await contract.bench().deliver(canary.message);

      const two = await lookFrom(observer, one.cursor);
      const both = await lookFrom(create(), cursor);

      expect(copiesOf(one)).toHaveLength(1);
      expect(copiesOf(two)).toHaveLength(2);
      expect(copiesOf(two)).toEqual(expect.arrayContaining(copiesOf(one)));
      expect(copiesOf(both)).toEqual(copiesOf(two));
    });
  });
}
