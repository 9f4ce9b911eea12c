import { get, type IncomingMessage } from 'node:http';
import { describe, expect, it } from 'vitest';
import type { LedgerEvent } from '../../src/domain/events.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { testLaunch } from '../support/test-launch.ts';
import { NOW } from './samples.ts';
import { startSite, type TestSite } from './support.ts';

const launch = testLaunch();

const event: LedgerEvent = {
  position: 7,
  at: NOW,
  launch,
  fact: {
    type: 'refused',
    refusal: { at: NOW, reason: 'refused', code: 550, detail: launch.token },
  },
  effects: [
    { type: 'latency', latency: { low: 1_000, high: 2_000 } },
    { type: 'outcome', from: 'in_flight', to: 'unsent' },
  ],
};

interface Listener {
  readonly response: IncomingMessage;
  /** Resolves with all that came, once it matches. */
  readonly until: (pattern: RegExp) => Promise<string>;
  readonly ended: Promise<unknown>;
}

function listen(site: TestSite): Promise<Listener> {
  return new Promise((resolve, reject) => {
    const request = get({ ...site, path: '/api/v1/events', agent: false }, (response) => {
      let text = '';
      const watchers = new Set<() => void>();
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        text += chunk;
        for (const watcher of watchers) watcher();
      });
      resolve({
        response,
        ended: new Promise((end) => response.on('close', end)),
        until: (pattern) =>
          new Promise((found) => {
            const check = (): void => {
              if (pattern.test(text)) found(text);
            };
            watchers.add(check);
            check();
          }),
      });
    });
    request.on('error', reject);
  });
}

describe('/api/v1/events', () => {
  it('streams ledger events without the token', async () => {
    const site = await startSite();
    const { response, until } = await listen(site);
    await until(/listening/);

    site.emit(event);

    const text = await until(/data: .*\n\n/);
    expect(response.headers['content-type']).toBe('text/event-stream; charset=utf-8');
    expect(text).toContain('id: 7\nevent: refused\n');
    expect(JSON.parse(/data: (.*)/.exec(text)?.[1] ?? '')).toEqual({
      position: 7,
      at: '2026-11-24T02:30:00.000Z',
      canary: launch.id,
      probe: 'support',
      kind: 'scheduled',
      fact: 'refused',
      effects: [
        { type: 'latency', latency_seconds: 1.5, latency_error_seconds: 0.5 },
        { type: 'outcome', from: 'in_flight', to: 'unsent' },
      ],
    });
    expect(text).not.toContain(launch.token);
    response.destroy();
  });

  it('says that it is still there', async () => {
    const clock = createFakeClock();
    const site = await startSite({ clock });
    const { response, until } = await listen(site);
    await until(/listening/);
    await clock.whenAsleep();

    await clock.advance(15_000);

    await until(/still here/);
    response.destroy();
  });

  it('ends when the server stops', async () => {
    const site = await startSite();
    const { ended, until } = await listen(site);
    await until(/listening/);

    await site.server.stop();

    await ended;
  });

  it('lets no more than 64 listen', async () => {
    const site = await startSite();
    const listeners = await Promise.all(Array.from({ length: 64 }, () => listen(site)));

    const answer = await site.get('/api/v1/events');

    expect(answer.status).toBe(503);
    for (const { response } of listeners) response.destroy();
  });
});
