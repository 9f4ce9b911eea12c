import { expect, test } from 'vitest';
import type { Look, Observer } from '../../../src/observers/observer.ts';
import { idsOf, lookFrom } from '../../contracts/observer/looks.ts';
import { createFakeClock, type FakeClock } from '../../support/fake-clock.ts';
import type { ZammadWorld } from '../../support/zammad-world.ts';
import { startScene } from './support.ts';

const MINUTE = 60_000;

function strangers(world: ZammadWorld, count: number): number[] {
  const mail = { raw: '', subject: 'An invoice', body: '' };
  return Array.from({ length: count }, () => world.ingest(mail));
}

function lookAt(observer: Observer, since: number, cursor?: unknown): Promise<Look> {
  return observer.look({ cursor, since, signal: new AbortController().signal });
}

test('one request for the list, one for the source of a canary, once', async () => {
  const { world, observer, deliver } = startScene();
  const { cursor } = await lookFrom(observer);
  deliver();
  world.log.length = 0;

  const look = await lookFrom(observer, cursor);
  const next = await lookFrom(observer, look.cursor);

  expect(look).toMatchObject({ complete: true, requests: 2 });
  expect(next.requests).toBe(1);
  expect(world.log.filter((line) => line.includes('plain'))).toHaveLength(1);
});

test('a list that does not tell the articles: they are asked for', async () => {
  const { world, observer, deliver } = startScene({ listsArticles: false });
  const canary = deliver();

  const look = await lookFrom(observer);

  expect(idsOf(look)).toEqual([canary.token.id]);
  expect(look.observations[0]).toMatchObject({ externalId: String(canary.id), place: 'inbox' });
  expect(world.log).toContain(`GET /api/v1/ticket_articles/by_ticket/${canary.id}`);
});

test('where no source is kept the article decides', async () => {
  const { world, observer, deliver } = startScene();
  world.keepsRaw = false;
  const canary = deliver();
  const answer = `Re: mailcanary ${canary.token.token}`;
  const raw = `Subject: ${answer}\r\nIn-Reply-To: <${canary.token.token}@probe.example>\r\n`;
  world.ingest({ raw, subject: answer, body: 'I am away' });

  const look = await lookFrom(observer);

  expect(idsOf(look)).toEqual([canary.token.id]);
  expect(look.mismatches).toEqual({ reply: 1 });
});

test('what an agent writes down is no arrival', async () => {
  const { world, observer, deliver } = startScene();
  const { token } = deliver();
  world.phone(`He asks what mailcanary ${token.token} is`);

  const look = await lookFrom(observer);

  expect(look.observations).toHaveLength(1);
  expect(look.mismatches).toEqual({ reply: 1 });
});

test('a merged canary stays one that arrived, and is no second copy', async () => {
  const { world, observer, deliver } = startScene();
  const canary = deliver();
  const [other = 0] = strangers(world, 1);
  const first = await lookFrom(observer);
  world.merge(canary.id, other);

  const next = await lookFrom(observer, first.cursor);

  expect(idsOf(first)).toEqual([canary.token.id]);
  expect(next).toMatchObject({ complete: true, observations: [] });
});

test('among many tickets the beginning is found by halves, and the end is read page by page', async () => {
  const clock = createFakeClock();
  const { world, observer, deliver } = startScene({ fakeClock: clock });
  strangers(world, 3_950);
  await clock.advance(60 * MINUTE);
  const since = clock.now();
  const early = deliver();
  strangers(world, 230);
  const late = deliver();

  const look = await lookAt(observer, since);
  const before = world.log.length;
  const next = await lookAt(observer, since, look.cursor);

  expect(idsOf(look)).toEqual([early.token.id, late.token.id].sort());
  expect(look.complete).toBe(true);
  expect(look.requests).toBeLessThan(30);
  expect(next).toMatchObject({ complete: true, observations: [] });
  expect(world.log.length - before).toBeLessThan(10);
});

test('tickets that are deleted move the others up, and none is missed', async () => {
  const clock = createFakeClock();
  const { world, observer, deliver } = startScene({ fakeClock: clock });
  const old = strangers(world, 150);
  const since = clock.now();
  await clock.advance(10 * MINUTE);
  const { cursor } = await lookAt(observer, since);
  for (const id of old.slice(0, 120)) world.remove(id);
  const canary = deliver();

  const look = await lookAt(observer, since, cursor);

  expect(idsOf(look)).toEqual([canary.token.id]);
  expect(look.complete).toBe(true);
});

/** A look a minute, until one is complete. */
async function untilComplete(
  observer: Observer,
  clock: FakeClock,
  begin: { readonly since: number; readonly cursor?: unknown },
): Promise<readonly Look[]> {
  const looks: Look[] = [];
  let { cursor } = begin;
  while (looks.length < 10 && looks.at(-1)?.complete !== true) {
    const look = await lookAt(observer, begin.since, cursor);
    looks.push(look);
    ({ cursor } = look);
    await clock.advance(MINUTE + 501);
  }
  return looks;
}

test('however few requests are allowed, each minute comes further', async () => {
  const clock = createFakeClock();
  const config = { requests_per_minute: 6 };
  const { world, observer, deliver } = startScene({ fakeClock: clock, observer: { config } });
  const since = clock.now();
  strangers(world, 950);
  const canary = deliver();
  await clock.advance(10 * MINUTE);

  const looks = await untilComplete(observer, clock, { since });

  expect(looks.at(-1)?.complete).toBe(true);
  expect(looks.flatMap(idsOf)).toEqual([canary.token.id]);
});

test('when most of the tickets are deleted at once, the place is found again by doubling steps', async () => {
  const clock = createFakeClock();
  const config = { requests_per_minute: 12 };
  const { world, observer, deliver } = startScene({ fakeClock: clock, observer: { config } });
  const old = strangers(world, 3_950);
  await clock.advance(10 * MINUTE);
  const since = clock.now();
  const before = await untilComplete(observer, clock, { since });
  for (const id of old.slice(0, 3_800)) world.remove(id);
  const canary = deliver();

  const looks = await untilComplete(observer, clock, { since, cursor: before.at(-1)?.cursor });

  expect(looks.at(-1)?.complete).toBe(true);
  expect(looks.flatMap(idsOf)).toEqual([canary.token.id]);
});

test('one that is deleted between two pages is noticed: such a look proves nothing', async () => {
  const clock = createFakeClock();
  const { world, observer, deliver } = startScene({ fakeClock: clock });
  const since = clock.now();
  const old = strangers(world, 100);
  const canary = deliver();
  let asked = 0;
  world.override = ({ path }) => {
    // After the first page of a hundred, and before the second.
    if (path.includes('per_page=100')) asked += 1;
    if (asked === 2) world.remove(old[0] ?? 0);
    return undefined;
  };

  const look = await lookAt(observer, since);
  const next = await lookAt(observer, since, look.cursor);

  expect(look).toMatchObject({ complete: false, observations: [] });
  expect(next.complete).toBe(true);
  expect(idsOf(next)).toEqual([canary.token.id]);
});

test('a number that becomes visible after later ones is seen all the same', async () => {
  const clock = createFakeClock();
  const { world, observer } = startScene({ fakeClock: clock });
  const since = clock.now();
  const canary = startScene({ fakeClock: clock }).deliver();
  const subject = /^Subject: (.*)$/m.exec(canary.message)?.[1]?.trim() ?? '';
  world.ingest({ raw: canary.message, subject, body: canary.text, commitsInMs: 90_000 });
  strangers(world, 3);
  const first = await lookAt(observer, since);
  await clock.advance(MINUTE);
  const second = await lookAt(observer, since, first.cursor);
  await clock.advance(MINUTE);

  const third = await lookAt(observer, since, second.cursor);

  expect([first, second, third].map(idsOf)).toEqual([[], [], [canary.token.id]]);
});

test('a ticket that was moved out of our sight is gone, and no failure', async () => {
  const { world, observer, deliver } = startScene();
  const canary = deliver();
  const first = await lookFrom(observer);
  world.override = ({ path }) =>
    path.startsWith(`/api/v1/tickets/${canary.id}`)
      ? { status: 403, headers: {}, body: '{"error":"Not authorized"}' }
      : undefined;
  deliver(canary);

  const second = await lookFrom(observer, first.cursor);

  expect(second).toMatchObject({ complete: true });
  expect(second.observations).toHaveLength(1);
});

test('deleting without the right is refused, and says so', async () => {
  const { world, observer, deliver } = startScene();
  const { token, id } = deliver();
  world.roles = ['Agent'];
  const { signal } = new AbortController();
  const litter = { token, externalId: String(id), place: 'inbox' } as const;

  const removing = observer.tidy?.(litter, { manner: 'delete', signal });

  await expect(removing).rejects.toMatchObject({ reason: 'auth' });
  expect(await observer.tidy?.(litter, { manner: 'close', signal })).toBe('done');
  expect(world.stateOf(id)).toBe('closed');
});
