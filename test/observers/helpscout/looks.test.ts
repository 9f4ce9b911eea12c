import { describe, expect, test } from 'vitest';
import { copiesOf, failureOf, idsOf, lookFrom } from '../../contracts/observer/looks.ts';
import { foreignMail, testCanary } from '../../contracts/observer/mails.ts';
import { createFakeClock } from '../../support/fake-clock.ts';
import { placesOf, startScene } from './support.ts';

const { signal } = new AbortController();

describe('what a look asks', () => {
  test('both lists, and the source of a canary once', async () => {
    const { observer, world, deliver } = await startScene();
    const first = await lookFrom(observer);
    const { id } = await deliver();

    const seen = await lookFrom(observer, first.cursor);
    const after = await lookFrom(observer, seen.cursor);

    expect([first.requests, seen.requests, after.requests]).toEqual([3, 3, 2]);
    expect(world.log.filter((line) => line.includes(`conversations/${id}/`))).toHaveLength(1);
    expect(seen.observations[0]?.externalId).toMatch(new RegExp(`^${id}:\\d+$`));
  });

  test('a quick look reads the inbox alone, and proves no absence', async () => {
    const { observer, deliver } = await startScene();
    const { cursor } = await lookFrom(observer);
    const canary = await deliver();
    await deliver('spam');

    const look = await observer.look({ cursor, since: 0, quick: true, signal });
    const next = await lookFrom(observer, look.cursor);

    expect(look).toMatchObject({ complete: false, requests: 2 });
    expect(look.failure).toBeUndefined();
    expect(idsOf(look)).toEqual([canary.token.id]);
    expect(placesOf(next)).toEqual(['spam']);
  });

  test('every page, also those that begin while it reads', async () => {
    const { observer, world } = await startScene({ pageSize: 3 });
    const canaries = Array.from({ length: 10 }, () => testCanary());
    for (const { message } of canaries) await world.deliver(message);

    const look = await lookFrom(observer);

    expect(look.complete).toBe(true);
    expect(idsOf(look)).toEqual(canaries.map(({ token }) => token.id).sort());
  });

  test('not more than forty pages; the next look goes on there', async () => {
    const { observer, world, deliver } = await startScene({ pageSize: 2 });
    for (let n = 0; n < 45; n += 1, world.databaseOffsetMs += 1_000) {
      await world.deliver(foreignMail());
    }
    const canary = await deliver();

    const first = await lookFrom(observer);
    const second = await lookFrom(observer, first.cursor);
    const pages = world.log.filter((line) => line === 'GET /v2/conversations').length;

    expect(first).toMatchObject({ complete: false, observations: [], requests: 1 + 40 + 1 });
    expect(first.failure).toBeUndefined();
    expect(second.complete).toBe(false);
    expect(idsOf(second)).toEqual([canary.token.id]);
    expect(pages).toBe(45 + 2);
  });

  test.each([
    ['seconds apart', 1_000],
    ['within one second', 0],
  ])(
    'what moves up past the end of a page is read all the same, though the list is as long as before: %s',
    async (_how, apartMs) => {
      const { observer, world, deliver } = await startScene({ pageSize: 2 });
      const ids: number[] = [];
      for (; ids.length < 2; world.databaseOffsetMs += apartMs)
        ids.push(await world.deliver(foreignMail()));
      const canary = await deliver();
      world.databaseOffsetMs += 1_000;
      let pages = 0;
      world.override = ({ path }) => {
        if (path.startsWith('/v2/conversations?') && (pages += 1) === 2) {
          world.change(ids[0] ?? 0, { state: 'deleted' });
          world.ingest({ raw: foreignMail(), subject: 'hello', body: 'hello' });
        }
        return undefined;
      };

      const look = await lookFrom(observer);
      const next = await lookFrom(observer, look.cursor);

      expect(idsOf(look)).toEqual([canary.token.id]);
      expect(next.complete).toBe(true);
    },
  );
});

describe('a list that is a search index', () => {
  test('shows a canary late: it is seen then, and once', async () => {
    const clock = createFakeClock();
    const { observer, world, deliver } = await startScene({
      clock,
      indexLagMs: 45_000,
      observer: { clock },
    });
    const since = clock.now();
    const look = (cursor?: unknown) => observer.look({ cursor, since, signal });
    const start = await look();
    const canary = await deliver();
    let { cursor } = start;
    const seen: string[][] = [];
    for (let n = 0; n < 12; n += 1) {
      await clock.advance(15_000);
      const next = await look(cursor);
      seen.push(idsOf(next));
      cursor = next.cursor;
    }

    expect(seen.flat()).toEqual([canary.token.id]);
    expect(seen[2]).toEqual([canary.token.id]);
    expect(world.log.length).toBeLessThan(30);
  });

  test('by a clock that is 40 s off, before or behind', async () => {
    for (const offset of [40_000, -40_000]) {
      const { observer, world, deliver } = await startScene();
      world.offsetMs = offset;
      const canary = await deliver();

      const look = await lookFrom(observer);

      expect(idsOf(look)).toEqual([canary.token.id]);
      expect(look.clockOffset!.low).toBeLessThanOrEqual(offset);
      expect(look.clockOffset!.high).toBeGreaterThanOrEqual(offset);
    }
  });

  test('by a clock that is set back by an hour: nothing is missed, and no absence claimed meanwhile', async () => {
    const clock = createFakeClock();
    const { observer, world, deliver } = await startScene({ clock, observer: { clock } });
    const since = clock.now();
    const before = await observer.look({ cursor: undefined, since, signal });
    await clock.advance(60_000);
    world.offsetMs = -3_600_000;
    const canary = await deliver();

    const during = await observer.look({ cursor: before.cursor, since, signal });
    await clock.advance(60_000);
    const after = await observer.look({ cursor: during.cursor, since, signal });

    expect(before.complete).toBe(true);
    expect(during).toMatchObject({ complete: false, observations: [] });
    expect(after.complete).toBe(true);
    expect(idsOf(after)).toEqual([canary.token.id]);
  });
});

describe('what becomes of a canary', () => {
  test('out of spam, and into it, is a move of the same copy; closed is none', async () => {
    const { observer, world, deliver } = await startScene();
    const { id } = await deliver('spam');
    const spam = await lookFrom(observer);
    world.change(id, { status: 'active' });
    const inbox = await lookFrom(observer, spam.cursor);
    world.change(id, { status: 'closed' });
    const closed = await lookFrom(observer, inbox.cursor);
    world.change(id, { status: 'spam' });
    const again = await lookFrom(observer, closed.cursor);

    expect([spam, inbox, closed, again].map(placesOf)).toEqual([['spam'], ['inbox'], [], ['spam']]);
    expect(new Set([spam, inbox, again].flatMap(copiesOf)).size).toBe(1);
  });

  test('a merge is no new copy', async () => {
    const { observer, world, deliver } = await startScene();
    const { id } = await deliver();
    const other = await world.deliver(foreignMail());
    const seen = await lookFrom(observer);
    world.merge(id, other);

    const look = await lookFrom(observer, seen.cursor);

    expect(look).toMatchObject({ complete: true, observations: [], mismatches: {} });
  });

  test('a copy is reported with those that are still there', async () => {
    const { observer, world } = await startScene();
    const canary = testCanary();
    const first = await world.deliver(canary.message);
    const one = await lookFrom(observer);
    world.change(first, { state: 'deleted' });
    await world.deliver(canary.message);

    const look = await lookFrom(observer, one.cursor);

    expect(copiesOf(look)).toHaveLength(1);
    expect(copiesOf(look)).not.toEqual(copiesOf(one));
  });

  test('without its source it is seen all the same, without hops', async () => {
    const { observer, world, deliver } = await startScene();
    world.hasSources = false;
    const canary = await deliver();
    await world.deliver(
      `From: a@b.test\r\nSubject: Re: mailcanary ${canary.token.token}\r\n\r\nI am away\r\n`,
    );

    const look = await lookFrom(observer);

    expect(look.complete).toBe(true);
    expect(idsOf(look)).toEqual([canary.token.id]);
    expect(look.observations[0]?.hops).toEqual([]);
    expect(look.mismatches).toEqual({ reply: 1 });
  });

  test('its hops and its Date come from the source', async () => {
    const { observer, world } = await startScene();
    const { message } = testCanary();
    await world.deliver(
      `Received: from a.test by mx.helpscout.test; Tue, 24 Nov 2026 02:00:05 +0000\r\nReceived: from c.test by a.test; Tue, 24 Nov 2026 02:00:03 +0000\r\n${message}`,
    );

    const [seen] = (await lookFrom(observer)).observations;

    expect(seen?.hops).toContainEqual(
      expect.objectContaining({ by: 'mx.helpscout.test', seconds: 2 }),
    );
    expect(seen?.mailDate).toBeTypeOf('number');
  });
});

describe('replies that are none', () => {
  test.each<readonly [string, string]>([
    ['HTML', '<html>502</html>'],
    ['an error in a 200', '{"error":"internal"}'],
    ['a list without page', '{"_embedded":{"conversations":[]}}'],
    ['nothing', ''],
    [
      'a conversation without id',
      '{"_embedded":{"conversations":[{}]},"page":{"size":25,"totalElements":1,"totalPages":1,"number":1}}',
    ],
  ])('%s is a failed look, not an empty one', async (_what, body) => {
    const { observer, world } = await startScene();
    world.override = ({ path }) =>
      path.startsWith('/v2/conversations?') ? { status: 200, headers: {}, body } : undefined;

    expect((await failureOf(lookFrom(observer))).reason).toBe('bad-reply');
  });

  test.each<readonly [string, unknown]>([
    ['a thread without id', { threads: [{ type: 'customer', body: '' }] }],
    ['threads that are none', { threads: 'none' }],
    ['no threads', { threads: [] }],
    ['nothing embedded', undefined],
  ])('a list with %s is not taken for an empty one', async (_what, embedded) => {
    const { observer, world, deliver } = await startScene();
    const canary = await deliver();
    world.override = ({ path }) => {
      if (!path.startsWith('/v2/conversations?') || path.includes('status=spam')) return undefined;
      const conversation = { id: canary.id, subject: canary.token.token, _embedded: embedded };
      const page = { size: 25, totalElements: 1, totalPages: 1, number: 1 };
      const body = JSON.stringify({ _embedded: { conversations: [conversation] }, page });
      return { status: 200, headers: {}, body };
    };

    const look = await lookFrom(observer);

    expect(idsOf(look)).toEqual([canary.token.id]);
  });

  test('threads that cannot be read either are a failed look', async () => {
    const { observer, world, deliver } = await startScene();
    const { id, token } = await deliver();
    world.override = ({ path }) => {
      const threads = { threads: [{ type: 'customer' }] };
      if (path.includes('/threads')) {
        return { status: 200, headers: {}, body: JSON.stringify({ _embedded: threads }) };
      }
      if (!path.startsWith('/v2/conversations?')) return undefined;
      const conversation = { id, subject: token.token, _embedded: threads };
      const page = { size: 25, totalElements: 1, totalPages: 1, number: 1 };
      const body = JSON.stringify({ _embedded: { conversations: [conversation] }, page });
      return { status: 200, headers: {}, body };
    };

    expect((await failureOf(lookFrom(observer))).reason).toBe('bad-reply');
  });

  test('spam that cannot be read leaves what the inbox showed, and proves nothing', async () => {
    const { observer, world, deliver } = await startScene();
    const canary = await deliver();
    world.override = ({ path }) =>
      path.includes('status=spam') ? { status: 403, headers: {}, body: '{}' } : undefined;

    const look = await lookFrom(observer);

    expect(idsOf(look)).toEqual([canary.token.id]);
    expect(look.complete).toBe(false);
    expect(look.failure?.reason).toBe('auth');
  });
});
