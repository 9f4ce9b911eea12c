import { createHmac } from 'node:crypto';
import { expect, test } from 'vitest';
import { idsOf, lookFrom } from '../../contracts/observer/looks.ts';
import { foreignMail } from '../../contracts/observer/mails.ts';
import { startScene } from './support.ts';

const SECRET = 'a-webhook-secret';
const config = { webhook_secret: SECRET };

const hookScene = () => startScene({ indexLagMs: 60_000, observer: { config } });

test('the signature is base64 of HMAC-SHA1 over the raw body', async () => {
  const { observer } = await hookScene();
  const body = Buffer.from('{"id":1,"subject":"x"}');
  // computed elsewhere, so that a mistake in the code is not repeated here
  const right = 'umJ81xxcQrRHV44eERMYbw7xDSY=';
  const ask = (said: string | undefined, bytes: Uint8Array = body) =>
    observer.hook?.({ headers: { 'x-helpscout-signature': said }, body: bytes });

  expect(ask(right)).toBe('taken');
  expect(ask('fixed')).toBe('bad_signature');
  expect(ask(undefined)).toBe('bad_signature');
  expect(ask(right.toLowerCase())).toBe('bad_signature');
  expect(ask(`${right}=`)).toBe('bad_signature');
  expect(ask(right, Buffer.from('{"id":2,"subject":"x"}'))).toBe('bad_signature');
});

test('signed nonsense is malformed', async () => {
  const { observer } = await hookScene();
  for (const text of ['', '[]', 'null', 'id=7']) {
    const signature = createHmac('sha1', SECRET).update(text).digest('base64');
    const headers = { 'x-helpscout-signature': signature };

    expect(observer.hook?.({ headers, body: Buffer.from(text) })).toBe('malformed');
  }
});

test('it ends the wait, and the next look reads that conversation past the lagging list', async () => {
  const { observer, world, deliver } = await hookScene();
  const { cursor } = await lookFrom(observer);
  const { signal } = new AbortController();
  const canary = await deliver();
  const news = observer.news(signal);

  const answer = observer.hook?.(world.hookFor(canary.id, SECRET));
  await news;
  const look = await observer.look({ cursor, since: 0, quick: true, signal });
  const next = await lookFrom(observer, look.cursor);

  expect(answer).toBe('taken');
  expect(idsOf(look)).toEqual([canary.token.id]);
  expect(look).toMatchObject({ complete: false, requests: 2 });
  expect(next).toMatchObject({ complete: true, observations: [] });
});

test('one that came during a look ends the next wait at once', async () => {
  const { observer, world, deliver } = await hookScene();
  const canary = await deliver();
  observer.hook?.(world.hookFor(canary.id, SECRET));

  await observer.news(new AbortController().signal);

  expect(idsOf(await lookFrom(observer))).toEqual([canary.token.id]);
});

test("other people's mail causes no request", async () => {
  const { observer, world } = await hookScene();
  const { cursor } = await lookFrom(observer);
  const id = await world.deliver(foreignMail());

  expect(observer.hook?.(world.hookFor(id, SECRET))).toBe('taken');
  await lookFrom(observer, cursor);

  expect(world.log).not.toContain(`GET /v2/conversations/${id}`);
});

test('without a secret there is no hook', async () => {
  const { observer } = await startScene();

  expect('hook' in observer).toBe(false);
  expect(observer.capabilities.push).toBe(false);
});
