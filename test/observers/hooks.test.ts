import { describe, expect, onTestFinished, test } from 'vitest';
import type { HookRequest, Observer } from '../../src/observers/observer.ts';
import { contractClock, idsOf } from '../contracts/observer/looks.ts';
import { foreignMail, testCanary } from '../contracts/observer/mails.ts';
import type { ApiWorld } from '../support/api-world.ts';
import { FreescoutWorld } from '../support/freescout-world.ts';
import { ZammadWorld } from '../support/zammad-world.ts';
import { freescoutObserver } from './freescout/bench.ts';
import { zammadObserver } from './zammad/bench.ts';

const SECRET = 'a-webhook-secret';

interface Scene {
  readonly world: ApiWorld & {
    deliver(raw: string): Promise<number>;
    hookFor(id: number, secret: string): HookRequest;
  };
  readonly observer: Observer;
  readonly header: string;
}

/** The world, without a socket in between. */
const exchangeWith = (world: ApiWorld) => ({
  exchange: (request: { method: string; url: URL; headers: Record<string, string> }) => {
    const { method, url, headers } = request;
    const reply = world.handle({ method, path: url.pathname + url.search, headers, body: '' });
    const now = contractClock.now();
    return Promise.resolve({ ...reply, requestedAt: now, receivedAt: now });
  },
});

const SCENES: Readonly<Record<string, (config: object) => Scene>> = {
  zammad(config) {
    const world = new ZammadWorld({ clock: contractClock });
    const observer = zammadObserver(
      { port: 1, token: world.token },
      { ...exchangeWith(world), config: { ...config } },
    );
    return { world, observer, header: 'x-hub-signature' };
  },
  freescout(config) {
    const world = new FreescoutWorld({ clock: contractClock });
    const { apiKey, mailboxId } = world;
    const observer = freescoutObserver(
      { port: 1, apiKey, mailboxId },
      { ...exchangeWith(world), config: { ...config } },
    );
    return { world, observer, header: 'x-freescout-signature' };
  },
};

function open(type: string, config: object = { webhook_secret: SECRET }): Scene {
  const scene = SCENES[type]?.(config);
  if (scene === undefined) throw new Error(type);
  onTestFinished(() => scene.observer.close());
  return scene;
}

describe.each(Object.keys(SCENES))('webhooks of %s', (type) => {
  const { signal } = new AbortController();
  const quick = (observer: Observer) =>
    observer.look({ cursor: undefined, since: contractClock.now(), quick: true, signal });

  test('signed by another, or for another body: refused', async () => {
    const { world, observer, header } = open(type);
    const id = await world.deliver(testCanary().message);
    const { headers, body } = world.hookFor(id, SECRET);

    expect(observer.hook?.(world.hookFor(id, 'guessed'))).toBe('bad_signature');
    expect(observer.hook?.({ headers: {}, body })).toBe('bad_signature');
    expect(observer.hook?.({ headers, body: Buffer.from('{}') })).toBe('bad_signature');
    expect(observer.hook?.({ headers: { [header]: '' }, body })).toBe('bad_signature');
    expect(observer.hook?.({ headers, body })).toBe('taken');
  });

  test('one of a canary ends the wait, and it is read without a list', async () => {
    const { world, observer } = open(type);
    const canary = testCanary();
    await quick(observer);
    const id = await world.deliver(canary.message);
    const news = observer.news(signal);

    observer.hook?.(world.hookFor(id, SECRET));
    await news;
    const look = await quick(observer);

    expect(idsOf(look)).toEqual([canary.token.id]);
    expect(look.complete).toBe(false);
    expect(look.requests).toBeLessThanOrEqual(2);
  });

  test("other people's mail causes no request", async () => {
    const { world, observer } = open(type);
    const id = await world.deliver(foreignMail());

    expect(observer.hook?.(world.hookFor(id, SECRET))).toBe('taken');
    await quick(observer);

    expect(world.log.filter((line) => line.endsWith(`/${id}`))).toEqual([]);
  });

  test('without a secret there is no hook', () => {
    const { observer } = open(type, {});

    expect('hook' in observer).toBe(false);
    expect(observer.capabilities.push).toBe(false);
  });
});

test.each([
  ['sha1', 'base64'],
  ['sha256', 'base64'],
  ['sha1', 'hex'],
  ['sha256', 'hex'],
] as const)('freescout: %s in %s is taken', async (algorithm, encoding) => {
  const world = new FreescoutWorld({ clock: contractClock });
  const { apiKey, mailboxId } = world;
  const config = { webhook_secret: SECRET };
  const observer = freescoutObserver({ port: 1, apiKey, mailboxId }, { config });
  onTestFinished(() => observer.close());
  const id = await world.deliver(testCanary().message);

  expect(observer.hook?.(world.hookFor(id, SECRET, { algorithm, encoding }))).toBe('taken');
});
