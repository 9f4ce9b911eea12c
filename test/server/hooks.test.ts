import { createHmac } from 'node:crypto';
import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { silentLogger } from '../../src/base/logger.ts';
import { hookTakers, type HookRequest, type TakeHook } from '../../src/engine/hooks.ts';
import { createHookServer, type HookParts } from '../../src/server/hooks.ts';
import { idsOf, lookFrom } from '../contracts/observer/looks.ts';
import { atEnd } from '../ledger/support.ts';
import { startScene } from '../observers/helpscout/support.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { ask, LISTEN, recorder, type Answer } from './support.ts';

const SECRET = 'a-webhook-secret';
const LIMIT = 256 * 1_024;

interface HookSite {
  readonly heard: HookRequest[];
  readonly port: number;
  post(path: string, body?: string | Uint8Array, headers?: Record<string, string>): Promise<Answer>;
}

/** The real server on loopback, before an observer that takes everything with `x-signed: yes`. */
async function startHooks(parts: Partial<HookParts> = {}): Promise<HookSite> {
  const heard: HookRequest[] = [];
  const take: TakeHook = (request) => {
    heard.push(request);
    if (request.headers['x-signed'] !== 'yes') return 'bad_signature';
    return request.body.length === 0 ? 'malformed' : 'taken';
  };
  const server = createHookServer({
    config: { listen: LISTEN, basePath: '' },
    takers: new Map([['helpdesk', take]]),
    clock: createFakeClock(),
    logger: silentLogger,
    ...parts,
  });
  const { host, port } = await server.start();
  atEnd(() => server.stop());
  return {
    heard,
    port,
    post: (path, body, headers = {}) =>
      ask({ host, port, path, method: 'POST', headers: { 'x-signed': 'yes', ...headers } }, body),
  };
}

describe('the socket for webhooks', () => {
  it('hands the bytes over as they came, and answers 204', async () => {
    const site = await startHooks();
    const body = Buffer.from([0, 0xff, 0x7b, 0x0d, 0x0a, 0xc3]);

    const { status, text } = await site.post('/helpdesk?a=1', body, { 'X-Own': 'One, two' });

    expect([status, text]).toEqual([204, '']);
    expect(site.heard[0]?.headers).toMatchObject({ 'x-own': 'One, two', 'x-signed': 'yes' });
    expect(Buffer.from(site.heard[0]?.body ?? []).equals(body)).toBe(true);
  });

  it('says 401 to a wrong signature, and 400 to what is signed and makes no sense', async () => {
    const logged: object[] = [];
    const site = await startHooks({ logger: recorder(logged) });

    const answers = [
      await site.post('/helpdesk', 'secret words', { 'x-signed': 'no' }),
      await site.post('/helpdesk', ''),
      await site.post('/helpdesk'),
    ];

    expect(answers.map(({ status }) => status)).toEqual([401, 400, 400]);
    expect(logged).toContainEqual({ observer: 'helpdesk', answer: 'bad_signature', bytes: 12 });
    expect(JSON.stringify([answers, logged])).not.toContain('secret words');
  });

  it.each([
    '/',
    '/plain',
    '/nobody',
    '/helpdesk/x',
    '/Helpdesk',
    '/__proto__',
    '/constructor',
    '/%2e%2e',
    '/metrics',
    '/api/v1/probes/support/launch',
  ])('says 404 to POST %s', async (path) => {
    const site = await startHooks();

    expect((await site.post(path, '{}')).status).toBe(404);
    expect(site.heard).toEqual([]);
  });

  it('takes nothing but POST, and shows nothing of the monitor', async () => {
    const { heard, port } = await startHooks();

    for (const path of ['/helpdesk', '/', '/metrics', '/healthz', '/api/v1/probes']) {
      for (const method of ['GET', 'PUT', 'HEAD', 'DELETE']) {
        const { status } = await ask({ host: '127.0.0.1', port, path, method });
        expect(status, `${method} ${path}`).toBe(404);
      }
    }
    expect(heard).toEqual([]);
  });

  it('stands below its base path', async () => {
    const site = await startHooks({ config: { listen: LISTEN, basePath: '/in/hook' } });

    expect((await site.post('/in/hook/helpdesk', '{}')).status).toBe(204);
    expect((await site.post('/helpdesk', '{}')).status).toBe(404);
  });

  it('takes 256 KiB and no more, said beforehand or not', async () => {
    const site = await startHooks();

    const most = await site.post('/helpdesk', Buffer.alloc(LIMIT, 97));
    const more = await site.post('/helpdesk', Buffer.alloc(LIMIT + 1, 97));
    const unsaid = await site.post('/helpdesk', Buffer.alloc(LIMIT + 1, 97), {
      'transfer-encoding': 'chunked',
    });

    expect([most.status, more.status, unsaid.status]).toEqual([204, 413, 413]);
    expect(site.heard).toHaveLength(1);
  });

  it('takes no compressed body: the signature is over other bytes', async () => {
    const site = await startHooks();

    const { status } = await site.post('/helpdesk', 'x', { 'content-encoding': 'gzip' });

    expect(status).toBe(415);
    expect(site.heard).toEqual([]);
  });

  it('says 429 to a flood, signed or not, of that observer alone, until it has passed', async () => {
    const clock = createFakeClock();
    const hook = (): 'bad_signature' => 'bad_signature';
    const takers = new Map([
      ['helpdesk', hook],
      ['other', hook],
    ]);
    const site = await startHooks({ clock, takers });
    for (let number = 0; number < 200; number += 1) {
      expect((await site.post('/helpdesk', '{}')).status).toBe(401);
    }

    const flooded = await site.post('/helpdesk', '{}');
    const other = await site.post('/other', '{}');
    await clock.advance(100);
    const later = [await site.post('/helpdesk', '{}'), await site.post('/helpdesk', '{}')];

    expect([flooded.status, flooded.headers['retry-after']]).toEqual([429, '1']);
    expect([other, ...later].map(({ status }) => status)).toEqual([401, 401, 429]);
  });

  it('a client that sends half a body is let go of when it stops', async () => {
    const { port, heard } = await startHooks();
    const socket = connect(port, '127.0.0.1');
    socket.write('POST /helpdesk HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n{}');
    await new Promise((resolve) => socket.on('connect', resolve));

    socket.destroy();
    const { status } = await ask({ host: '127.0.0.1', port, path: '/helpdesk', method: 'POST' });

    expect(status).toBe(401);
    expect(heard).toHaveLength(1);
  });
});

describe('webhooks of Help Scout', () => {
  it('wake the watch when they name a canary, and no look is made for others', async () => {
    const { observer, world, deliver } = await startScene({
      indexLagMs: 60_000,
      observer: { config: { webhook_secret: SECRET } },
    });
    const site = await startHooks({ takers: hookTakers(new Map([['helpdesk', observer]])) });
    const { cursor } = await lookFrom(observer);
    const { signal } = new AbortController();
    const news = observer.news(signal);
    const canary = await deliver();
    const { body, headers } = world.hookFor(canary.id, SECRET);

    const { status } = await site.post('/helpdesk', body, headers);
    const forged = await site.post('/helpdesk', body, {
      'x-helpscout-signature': createHmac('sha1', 'guessed').update(body).digest('base64'),
    });
    await news;
    const look = await observer.look({ cursor, since: 0, quick: true, signal });

    expect([status, forged.status]).toEqual([204, 401]);
    expect(idsOf(look)).toEqual([canary.token.id]);
  });
});
