import type { ServerResponse } from 'node:http';
import { describe, expect, test } from 'vitest';
import { lookFrom, timed } from '../../contracts/observer/looks.ts';
import { openJmapObserver } from './bench.ts';
import { standIn } from './stand-in.ts';

const USER = { user: 'canary', password: 'planted-password' };
const { signal } = new AbortController();

/** An event source, and what it is asked for. */
function eventSource(): {
  readonly events: (outgoing: ServerResponse) => void;
  /** The `n`th stream, counted from 0, once it is there. */
  stream(n: number): Promise<ServerResponse>;
} {
  const streams: ServerResponse[] = [];
  let tell = (): void => undefined;
  return {
    events(outgoing) {
      outgoing.writeHead(200, { 'content-type': 'text/event-stream;charset=utf-8' });
      outgoing.flushHeaders();
      streams.push(outgoing);
      tell();
    },
    async stream(n) {
      while (streams[n] === undefined) await new Promise<void>((resolve) => (tell = resolve));
      return streams[n];
    },
  };
}

describe('push', () => {
  test('says when something changed, and not at a ping', async () => {
    const source = eventSource();
    const { port, requests } = await standIn({ events: source.events });
    const observer = openJmapObserver(USER, { port });
    await observer.news(signal); // it is open: what came before is looked for
    await lookFrom(observer);
    const stream = await source.stream(0);
    let hasNews = false;
    const news = observer.news(signal).then(() => (hasNews = true));

    stream.write(': nothing\n\nevent: ping\ndata: {"interval":30}\n\nevent: sta');
    await lookFrom(observer); // the other bytes are through by then
    const before = hasNews;
    stream.write('te\r\ndata: {"changed":{"a1":{"Email":"2"}}}\r\n\r\n');
    await news;

    expect(before).toBe(false);
    expect(requests).toContainEqual(expect.stringMatching(/^GET \/events\/Email\/no\/30 Basic /));
  });

  test('what is said while nobody waits is not lost', async () => {
    const source = eventSource();
    const { port } = await standIn({ events: source.events });
    const observer = openJmapObserver(USER, { port });
    await observer.news(signal);
    await lookFrom(observer);
    const heard = observer.news(signal);
    (await source.stream(0)).write('event: state\ndata: {}\n\n');
    await heard;

    const { ms } = await timed(observer.news(signal));

    expect(ms).toBeLessThan(50);
  });

  test('a stream that breaks is opened again, and what came meanwhile is looked for', async () => {
    const source = eventSource();
    const { port } = await standIn({ events: source.events });
    const observer = openJmapObserver(USER, { port });
    await observer.news(signal);
    await lookFrom(observer);
    const news = observer.news(signal);

    (await source.stream(0)).destroy();
    await news;

    expect(await source.stream(1)).toBeDefined();
  });

  test.each([204, 404])(
    'a server that answers %i is asked once, and looks go on',
    async (status) => {
      const events = (outgoing: ServerResponse): void => void outgoing.writeHead(status).end();
      const { port, requests } = await standIn({ events });
      const observer = openJmapObserver(USER, { port });
      const { cursor } = await lookFrom(observer);
      const stop = new AbortController();
      const news = observer.news(stop.signal);
      const report = await observer.check(signal); // asks too, after that

      stop.abort();
      await news;
      const look = await lookFrom(observer, cursor);

      expect(requests.filter((line) => line.startsWith('GET /events/'))).toHaveLength(2);
      expect(report.summary).toContain('without push');
      expect(look.complete).toBe(true);
    },
  );

  test('check tries it', async () => {
    const source = eventSource();
    const { port } = await standIn({ events: source.events });

    const report = await openJmapObserver(USER, { port }).check(signal);

    expect(report.summary).toContain('with push');
  });
});
