import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Loop } from '../../src/base/loop.ts';
import { Secret } from '../../src/base/secret.ts';
import { startHeartbeat, type HeartbeatTools } from '../../src/engine/heartbeat.ts';
import { createFakeClock, type FakeClock } from '../support/fake-clock.ts';

const PATH = '/ping/a-secret-path';

let server: Server;
let asked: string[];
let status: number;
let clock: FakeClock;
let loop: Loop | undefined;
beforeEach(async () => {
  asked = [];
  status = 200;
  clock = createFakeClock();
  server = createServer((request, response) => {
    asked.push(request.url ?? '');
    response.writeHead(status, { location: '/elsewhere' }).end('ok');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterEach(async () => {
  await loop?.stop();
  server.closeAllConnections();
  server.close();
});

/** Starts a heartbeat and answers what became of each ping, and what was logged. */
function start(changes: Partial<HeartbeatTools> = {}) {
  const { port } = server.address() as { port: number };
  const results: string[] = [];
  const said: string[] = [];
  const waiting: (() => void)[] = [];
  const log = (fields: object, message: string): void => {
    said.push(`${message} ${JSON.stringify(fields)}`);
  };
  loop = startHeartbeat({
    clock,
    logger: { debug: log, info: log, warn: log, error: log },
    url: new Secret(`http://127.0.0.1:${port}${PATH}`),
    everyMs: 60_000,
    isWell: () => true,
    onPing(result) {
      results.push(result);
      for (const wake of waiting.splice(0)) wake();
    },
    ...changes,
  });
  const pinged = (): Promise<void> => new Promise((resolve) => waiting.push(resolve));
  return { results, said, pinged };
}

/** A port that somebody had a moment ago. */
async function nobodysPort(): Promise<number> {
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  const { port } = other.address() as { port: number };
  other.close();
  await once(other, 'close');
  return port;
}

/** Until the loop waits for its next round. */
async function nextRound(): Promise<void> {
  await clock.whenAsleep();
  await clock.advance(60_000);
}

describe('the heartbeat', () => {
  it('asks the URL at once, and then again and again', async () => {
    const { results, pinged } = start();
    await pinged();
    const second = pinged();
    await nextRound();
    await second;

    expect(asked).toEqual([PATH, PATH]);
    expect(results).toEqual(['ok', 'ok']);
  });

  it('is silent while the monitor is not well', async () => {
    let isWell = false;
    const { results, pinged } = start({ isWell: () => isWell });
    await clock.whenAsleep();
    expect(asked).toEqual([]);

    isWell = true;
    const first = pinged();
    await nextRound();
    await first;
    expect(results).toEqual(['ok']);
  });

  it.each([404, 500, 302])('counts %d as a failure, says so once, and goes on', async (answer) => {
    status = answer;
    const { results, said, pinged } = start();
    await pinged();
    const second = pinged();
    await nextRound();
    await second;
    status = 204;
    const third = pinged();
    await nextRound();
    await third;

    expect(results).toEqual(['error', 'error', 'ok']);
    expect(asked).toEqual([PATH, PATH, PATH]);
    expect(said).toHaveLength(2);
    expect(said[0]).toContain(`answered with ${answer}`);
    expect(said[1]).toContain('heard again');
    expect(said.join()).not.toContain('a-secret-path');
  });

  it('survives that nobody is there, and does not tell the secret', async () => {
    const url = new Secret(`http://127.0.0.1:${await nobodysPort()}${PATH}`);
    const { results, said, pinged } = start({ url });
    await pinged();

    expect(results).toEqual(['error']);
    expect(said[0]).toContain('unreachable');
    expect(said[0]).not.toContain('a-secret-path');
  });
});
