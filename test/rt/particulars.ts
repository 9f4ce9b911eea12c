import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import type { Look, Observer, TidyManner } from '../../src/observers/observer.ts';
import { contractClock, failureOf, idsOf, lookFrom } from '../contracts/observer/looks.ts';
import { testCanary, type TestCanary } from '../contracts/observer/mails.ts';
import type { Rt } from '../support/rig/rt.ts';
import { newestTicket, rtObserver, type RtObserverOptions } from './bench.ts';

/** What only Request Tracker does. */
export function describeParticulars(tracker: () => Rt): void {
  describe('the rt observer and Request Tracker', () => {
    let rt: Rt;
    let queue: string;
    beforeEach(async () => {
      rt = tracker();
      queue = await rt.createQueue();
    });

    const open = (options: Partial<RtObserverOptions> = {}): Observer => {
      const observer = rtObserver(rt, { queue, ...options });
      onTestFinished(() => observer.close());
      return observer;
    };
    const placesOf = (look: Look): string[] => look.observations.map(({ place }) => place);
    const deliver = async (canary: TestCanary = testCanary()): Promise<number> => {
      await rt.deliver(queue, canary.message);
      return newestTicket(rt, queue);
    };
    const tidy = async (observer: Observer, look: Look, manner: TidyManner): Promise<unknown> => {
      const [seen] = look.observations;
      if (seen === undefined) throw new Error('nothing to tidy');
      return observer.tidy?.(seen, { manner, signal: new AbortController().signal });
    };

    test('a look costs two requests while nothing comes, and four for any number of canaries', async () => {
      const observer = open();
      const first = await lookFrom(observer);
      for (let n = 0; n < 3; n += 1) await deliver();

      const seen = await lookFrom(observer, first.cursor);
      const after = await lookFrom(observer, seen.cursor);
      const { signal } = new AbortController();
      const quick = await observer.look({ cursor: after.cursor, since: 0, quick: true, signal });

      expect([seen.requests, after.requests, quick.requests]).toEqual([4, 2, 1]);
      expect(seen.observations).toHaveLength(3);
      expect(quick.complete).toBe(false);
    });

    test('the stamp is RT’s second of the transaction, and Received headers become hops', async () => {
      const received = (by: string, second: string): string =>
        `Received: from a.test by ${by}; Tue, 24 Nov 2026 02:00:${second} +0000\r\n`;
      const canary = testCanary();
      const observer = open();
      await rt.deliver(queue, received('c.test', '05') + received('b.test', '03') + canary.message);

      const [seen] = (await lookFrom(observer)).observations;

      const [, transaction] = seen?.externalId.split(':') ?? [];
      const stored = rt.insertedAt(Number(transaction));
      expect(seen?.stamp).toMatchObject({ quantumMs: 1_000, source: 'transaction.Created' });
      expect(seen?.stamp?.at).toBeLessThanOrEqual(stored);
      expect(seen?.hops).toContainEqual(expect.objectContaining({ by: 'c.test', seconds: 2 }));
    });

    test('a ticket that is rejected is a move to spam, one that is reopened a move back', async () => {
      const observer = open();
      const { cursor } = await lookFrom(observer);
      const ticket = await deliver();
      const seen = await lookFrom(observer, cursor);

      await rt.setStatus(ticket, 'rejected');
      const rejected = await lookFrom(observer, seen.cursor);
      const elsewhere = await lookFrom(open(), seen.cursor);
      await rt.setStatus(ticket, 'open');
      const reopened = await lookFrom(observer, rejected.cursor);

      expect([seen, rejected, elsewhere, reopened].map(placesOf)).toEqual([
        ['inbox'],
        ['spam'],
        ['spam'],
        ['inbox'],
      ]);
    });

    test('a canary whose subject was rewritten, and one that came from another queue, are found', async () => {
      const observer = open();
      const { cursor } = await lookFrom(observer);
      const [renamed, moved] = [testCanary(), testCanary()];
      await rt.deliver(queue, renamed.message.replace(/^Subject: .*$/m, 'Subject: [EXTERN] hello'));
      const other = await rt.createQueue();
      await rt.deliver(other, moved.message);
      await rt.deliver(other, testCanary().message);
      const first = await lookFrom(observer, cursor);
      await rt.moveTo(newestTicket(rt, other) - 1, queue);

      const second = await lookFrom(observer, first.cursor);

      expect(idsOf(first)).toEqual([renamed.token.id]);
      expect(idsOf(second)).toEqual([moved.token.id]);
    });

    test('what a person writes is no mail, and a ticket with that in it is not tidied', async () => {
      const observer = open();
      const ticket = await deliver();
      const look = await lookFrom(observer);
      await rt.correspond(ticket, 'A person wrote this');

      const next = await lookFrom(observer, look.cursor);

      expect(next).toMatchObject({ observations: [], mismatches: {} });
      for (const manner of ['close', 'delete'] as const) {
        expect(await tidy(observer, look, manner)).toBe('not_ours');
      }
    });

    test('a session that RT forgot is made anew, once, and looks go on', async () => {
      const observer = open();
      const { cursor } = await lookFrom(observer);
      const canary = testCanary();
      await deliver(canary);
      await rt.forgetSessions();

      const look = await lookFrom(observer, cursor);
      const next = await lookFrom(observer, look.cursor);

      expect(idsOf(look)).toEqual([canary.token.id]);
      expect(next.requests).toBe(2);
    });

    test('a name and a password do as well as a token', async () => {
      const { user, password } = rt.users.reader;
      const keys = { token: undefined, user, password };
      const canary = testCanary();
      await deliver(canary);

      const look = await lookFrom(open({ keys }));
      const wrong = await failureOf(lookFrom(open({ keys: { ...keys, password: 'not it' } })));

      expect(idsOf(look)).toEqual([canary.token.id]);
      expect(wrong).toMatchObject({ reason: 'auth', retryable: false });
      expect(wrong.message).toMatch(/RT does not take the password of reader$/);
    });

    test('who may only read is told so by check and by tidy', async () => {
      const observer = open({ user: rt.users.reader, keys: { tidy: 'delete' } });
      await deliver();
      const look = await lookFrom(observer);
      const { signal } = new AbortController();

      const { summary, warnings, facts } = await observer.check(signal);

      expect(summary).toContain('may not change');
      expect(facts.tidy).toMatchObject({ state: 'warn', mayClose: false, mayDelete: false });
      expect(warnings).toEqual(['tidy: delete needs the right DeleteTicket']);
      for (const manner of ['close', 'delete'] as const) {
        const error = await failureOf(tidy(observer, look, manner));
        expect(error).toMatchObject({ reason: 'refused', retryable: false });
        expect(error.message).toMatch(/needs the right (?:Modify|Delete)Ticket$/);
      }
    });

    test('a queue that is not there, or not to be seen, is named with those that are', async () => {
      const { signal } = new AbortController();
      const missing = open({ queue: 'Nowhere' });
      const unseen = open({ user: rt.users.stranger });

      const errors = [
        await failureOf(lookFrom(missing)),
        await failureOf(missing.check(signal)),
        await failureOf(lookFrom(unseen)),
      ];

      expect(errors.map(({ reason }) => reason)).toEqual(['config', 'config', 'config']);
      expect(errors[0]?.message).toMatch(/no queue "Nowhere".*; there are: (?:General|Bench \d+)/);
      expect(errors[2]?.message).toContain('no queue is visible (right SeeQueue)');
    });

    test('mail from before is read back from the newest, and no further than asked', async () => {
      const canary = testCanary();
      await deliver(canary);
      const observer = open();
      const { signal } = new AbortController();

      const all = await observer.look({ cursor: undefined, since: 0, signal });
      const late = await open().look({
        cursor: undefined,
        since: contractClock.now() + 7_200_000,
        signal,
      });

      expect(idsOf(all)).toEqual([canary.token.id]);
      expect(late).toMatchObject({ complete: true, observations: [] });
    });
  });
}
