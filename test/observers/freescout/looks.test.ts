import { expect, onTestFinished, test } from 'vitest';
import type { Observer } from '../../../src/observers/observer.ts';
import { contractClock, failureOf, idsOf, lookFrom } from '../../contracts/observer/looks.ts';
import { foreignMail, testCanary } from '../../contracts/observer/mails.ts';
import { FreescoutWorld, type FreescoutWorldOptions } from '../../support/freescout-world.ts';
import { freescoutObserver, type FreescoutObserverOptions } from './bench.ts';

function open(
  options: Partial<FreescoutWorldOptions> = {},
  wishes: FreescoutObserverOptions = {},
): { readonly world: FreescoutWorld; readonly observer: Observer } {
  const world = new FreescoutWorld({ clock: contractClock, ...options });
  const { apiKey, mailboxId } = world;
  const observer = freescoutObserver(
    { port: 1, apiKey, mailboxId },
    {
      ...wishes,
      exchange({ method, url, headers, body = '' }) {
        const path = url.pathname + url.search;
        const reply = world.handle({ method, path, headers, body });
        const now = contractClock.now();
        return Promise.resolve({ ...reply, requestedAt: now, receivedAt: now });
      },
    },
  );
  onTestFinished(() => observer.close());
  return { world, observer };
}

test.each([true, false])(
  'whether the plain list holds spam and deleted conversations (%j) or not: each is seen once, in its place',
  async (listsAll) => {
    const { world, observer } = open({ listsAll });
    const filings = ['active', 'closed', 'spam', 'deleted'] as const;
    for (const filing of filings) await world.deliver(testCanary().message, filing);

    const look = await lookFrom(observer);

    expect(look).toMatchObject({ complete: true, requests: 3 });
    const places = look.observations.map(({ place }) => place);
    expect(places.sort()).toEqual(['closed', 'inbox', 'spam', 'trash']);
  },
);

test('a reply in the conversation of a canary is no second copy', async () => {
  const { world, observer } = open();
  const canary = testCanary();
  const id = await world.deliver(canary.message);
  world.reply(id, `> ${canary.text}`);

  const look = await lookFrom(observer);

  expect(idsOf(look)).toEqual([canary.token.id]);
  expect(look.mismatches).toEqual({ reply: 1 });
});

test('threads that are dated by the mail say so of themselves, and nothing is hidden by it', async () => {
  const { world, observer } = open();
  world.usesMailDate = true;
  const { cursor } = await lookFrom(observer);
  const canary = testCanary();
  const sentAt = 'Date: Tue, 24 Nov 2026 02:00:05 +0000';
  await world.deliver(canary.message.replace(/^Date: .*$/m, sentAt));

  const look = await lookFrom(observer, cursor);

  expect(idsOf(look)).toEqual([canary.token.id]);
  // Seconds are taken as T +/- 1 s.
  expect(look.observations[0]?.stamp?.at).toBe(Date.UTC(2026, 10, 24, 2, 0, 4));
});

test('a limit of what stands in front is obeyed', async () => {
  const { world, observer } = open({ limitPerMinute: 1 });
  await world.deliver(testCanary().message);

  const look = await lookFrom(observer);

  expect(look).toMatchObject({ complete: false, failure: { reason: 'rate-limited' } });
  expect(look.observations).toHaveLength(1);
  const { signal } = new AbortController();
  await expect(lookFrom(observer, look.cursor)).rejects.toMatchObject({ reason: 'rate-limited' });
  await expect(observer.check(signal)).rejects.toMatchObject({ reason: 'rate-limited' });
  expect(world.log).toHaveLength(2);
});

test('a mailbox that is not there is a mistake in the file', async () => {
  const { observer } = open({}, { config: { mailbox_id: 8 } });

  const checking = observer.check(new AbortController().signal);
  const error = await failureOf(checking);

  expect(error.reason).toBe('config');
  expect(error.message).toContain('no mailbox 8');
});

test('what moves up past the end of a page is read all the same, though the list is as long as before', async () => {
  const { world, observer } = open();
  const foreign = { raw: foreignMail(), subject: 'hello', body: 'hello' };
  const ids = Array.from({ length: 50 }, () => {
    world.offsetMs += 1_000;
    return world.ingest(foreign);
  });
  world.offsetMs += 1_000;
  const canary = testCanary();
  await world.deliver(canary.message);
  let pages = 0;
  world.override = () => {
    if ((pages += 1) === 2) {
      world.change(ids[0] ?? 0, { state: 'deleted' });
      world.ingest(foreign);
    }
    return undefined;
  };

  const look = await lookFrom(observer);

  expect(look.complete).toBe(true);
  expect(idsOf(look)).toEqual([canary.token.id]);
});
