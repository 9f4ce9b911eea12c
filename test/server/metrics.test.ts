import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import { describe, expect, it } from 'vitest';
import { startSite } from './support.ts';

const MEGABYTE = Buffer.alloc(1_000_000, 'x');
/** More than the sockets of both sides hold. */
const MEGABYTES = 64;

/** A scrape of 64 MB that counts what was taken of it. */
function bigScrape() {
  const taken = { megabytes: 0 };
  const chunks = Object.assign(Array<Uint8Array>(MEGABYTES).fill(MEGABYTE), {
    *[Symbol.iterator]() {
      for (let index = 0; index < MEGABYTES; index += 1) {
        taken.megabytes += 1;
        yield MEGABYTE;
      }
    },
  });
  return { taken, scrape: () => Promise.resolve({ contentType: 'text/plain', chunks }) };
}

async function ask(port: number): Promise<IncomingMessage> {
  const asked = request({ port, host: '127.0.0.1', path: '/metrics', agent: false }).end();
  const [response] = (await once(asked, 'response')) as [IncomingMessage];
  return response;
}

describe('metrics', () => {
  it('go out no faster than they are read, and whole', async () => {
    const { taken, scrape } = bigScrape();
    const site = await startSite({ metrics: { scrape } });
    const response = await ask(site.port);

    for (let turn = 0; turn < 20; turn += 1) await site.get('/healthz');
    const takenUnread = taken.megabytes;
    let size = 0;
    for await (const chunk of response) size += (chunk as Buffer).length;

    expect(takenUnread).toBeLessThan(MEGABYTES);
    expect(size).toBe(MEGABYTES * MEGABYTE.length);
    expect(response.headers.etag).toBeUndefined();
    expect(response.headers['content-length']).toBe(String(size));
  });

  it('a reader that goes away ends its answer, and nothing else', async () => {
    const { taken, scrape } = bigScrape();
    const logged: string[] = [];
    const note = (_fields: object, message: string): void => void logged.push(message);
    const logger = { debug: () => undefined, info: note, warn: note, error: note };
    const site = await startSite({ metrics: { scrape }, logger });

    const response = await ask(site.port);
    response.destroy();
    await site.server.stop();

    expect(taken.megabytes).toBeLessThan(MEGABYTES);
    expect(logged).toEqual([]);
  });
});
