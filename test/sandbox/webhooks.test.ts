import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { signBody } from '../../src/sandbox/helpdesk/hook-calls.ts';
import { openSandbox, type Bench } from './support.ts';

interface Heard {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** Takes webhooks and answers them with the statuses given, the last one for ever. */
async function listener(...statuses: readonly number[]) {
  const heard: Heard[] = [];
  const waiting = new Set<() => void>();
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      heard.push({ headers: request.headers, body });
      response.writeHead(statuses[heard.length - 1] ?? statuses.at(-1) ?? 200).end();
      waiting.forEach((look) => look());
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
    heard,
    until: (count: number) =>
      new Promise<void>((resolve) => {
        const look = (): void => {
          if (heard.length >= count) resolve();
        };
        waiting.add(look);
        look();
      }),
  };
}

async function register(bench: Bench, fields: object): Promise<Response> {
  return bench.ask('/v2/webhooks', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ secret: 'mZ9XbGHodX', ...fields }),
  });
}

describe('webhooks', () => {
  it('are signed as the vector says', () => {
    expect(signBody('{"id":1}', 'mZ9XbGHodX')).toBe('GBJg3YMwbqWtuvkvH/tsSr5zIck=');
  });

  it('tell of new conversations and of replies, with the conversation, signed', async () => {
    const bench = await openSandbox();
    const hook = await listener(200);
    const events = ['convo.created', 'convo.customer.reply.created'];

    const created = await register(bench, { url: hook.url, events });
    await bench.send({ subject: 'one', messageId: '<a@example.org>' });
    await hook.until(1);
    await bench.send({ subject: 'Re: one', inReplyTo: '<a@example.org>' });
    await hook.until(2);

    expect(created.status).toBe(201);
    expect(created.headers.get('resource-id')).toBe('1');
    expect(hook.heard.map(({ headers }) => headers['x-helpscout-event'])).toEqual(events);
    for (const { headers, body } of hook.heard) {
      expect(headers['x-helpscout-signature']).toBe(signBody(body, 'mZ9XbGHodX'));
      expect(JSON.parse(body)).toMatchObject({ id: 100_200_301, subject: 'one', mailboxId: 85 });
    }
    while (bench.sandbox.helpdesk.hookCalls().length < 2) await bench.clock.advance(0);
    expect(bench.sandbox.helpdesk.hookCalls()).toMatchObject([{ status: 200 }, { status: 200 }]);
  });

  it('tell only what was asked for: the event, the mailbox, the resource alone', async () => {
    const bench = await openSandbox();
    const hook = await listener(200);
    await register(bench, { url: hook.url, events: ['convo.merged'] });
    await register(bench, { url: hook.url, events: ['convo.created'], mailboxIds: [86] });
    await register(bench, { url: hook.url, events: ['convo.created'], notification: true });

    await bench.send();
    await hook.until(1);

    const self = { href: `${bench.helpdesk.url}/v2/conversations/100200301` };
    expect(hook.heard.map(({ body }) => JSON.parse(body) as unknown)).toEqual([
      { _links: { self } },
    ]);
  });

  it('are listed without their secret, and end when they are deleted', async () => {
    const bench = await openSandbox();
    const hook = await listener(200);
    await register(bench, { url: hook.url, events: ['convo.created'] });

    const listed = await (await bench.ask('/v2/webhooks')).text();
    const deleted = await bench.ask('/v2/webhooks/1', { method: 'DELETE' });
    const again = await bench.ask('/v2/webhooks/1', { method: 'DELETE' });
    await bench.send();

    expect(listed).toContain('"events":["convo.created"]');
    expect(listed).not.toContain('mZ9XbGHodX');
    expect([deleted.status, again.status]).toEqual([204, 404]);
    expect(bench.sandbox.helpdesk.hookCalls()).toEqual([]);
  });

  it('come late, are lost and are tried again by the dials', async () => {
    const bench = await openSandbox();
    const hook = await listener(500, 200);
    await register(bench, { url: hook.url, events: ['convo.created'] });
    const delay = { type: 'fixed', ms: 10_000 } as const;

    bench.sandbox.dials.set({ helpdesk: { hooks: { delay, loss: 1, retries: 1 } } });
    await bench.send();
    bench.sandbox.dials.set({ helpdesk: { hooks: { delay, loss: 0, retries: 1 } } });
    await bench.send();
    await bench.clock.advance(9_999);
    expect(hook.heard).toEqual([]);
    await bench.clock.advance(1);
    await hook.until(1);
    await bench.clock.whenAsleep();
    while (bench.sandbox.helpdesk.hookCalls().length < 1) await bench.clock.advance(0);
    await bench.clock.advance(30_000);
    await hook.until(2);

    expect(hook.heard.map(({ body }) => (JSON.parse(body) as { id: number }).id)).toEqual([
      100_200_302, 100_200_302,
    ]);
  });
});
