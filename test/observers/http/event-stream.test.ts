import type { ServerResponse } from 'node:http';
import { expect, test } from 'vitest';
import { listenToEvents } from '../../../src/observers/http/event-stream.ts';
import { createFakeClock } from '../../support/fake-clock.ts';
import { clock, serve } from './support.ts';

const STREAM = { 'content-type': 'text/event-stream' };

async function listen(
  handler: (outgoing: ServerResponse) => void,
  options: { readonly signal?: AbortSignal; readonly onOpen?: () => void } = {},
): Promise<{ readonly names: readonly string[]; readonly status: number | undefined }> {
  const { port } = await serve((_incoming, outgoing) => handler(outgoing));
  const names: string[] = [];
  const status = await listenToEvents(
    {
      url: new URL(`http://127.0.0.1:${port}/events`),
      headers: { authorization: 'Bearer x' },
      clock,
      silenceMs: 60_000,
      onOpen: () => options.onOpen?.(),
      onEvent: (name) => names.push(name),
    },
    options.signal ?? new AbortController().signal,
  );
  return { names, status };
}

test('events are named, in whatever pieces and with whatever ends of lines they come', async () => {
  const { names, status } = await listen((outgoing) => {
    outgoing.writeHead(200, STREAM);
    for (const piece of [
      'event: a\nda',
      'ta: 1\n\n',
      ':c\r\n\r\ndata: 2\r\n\r\nevent:b\rdata:3\r\r',
      'event: d\n\n',
    ])
      outgoing.write(piece);
    outgoing.end();
  });

  expect(names).toEqual(['a', 'message', 'b']);
  expect(status).toBeUndefined();
});

test('an end of line that is cut in two ends no event', async () => {
  const pieces = ['event: state\r', '\ndata: 1\r', '\n\r', '\n'];
  const { names } = await listen((outgoing) => {
    outgoing.writeHead(200, STREAM);
    const next = (): void => {
      const piece = pieces.shift();
      if (piece === undefined) outgoing.end();
      else outgoing.write(piece, () => setTimeout(next, 20));
    };
    next();
  });

  expect(names).toEqual(['state']);
});

test.each([204, 401, 500])('an answer of %i is no stream', async (code) => {
  expect(await listen((outgoing) => void outgoing.writeHead(code, STREAM).end())).toEqual({
    names: [],
    status: code,
  });
});

test('a page of HTML is no stream', async () => {
  const html = { 'content-type': 'text/html' };

  const { status } = await listen((outgoing) => void outgoing.writeHead(200, html).end('event: x'));

  expect(status).toBe(200);
});

test('a line without end is not kept', async () => {
  const { names } = await listen((outgoing) => {
    outgoing.writeHead(200, STREAM);
    outgoing.end(`data: ${'x'.repeat(300_000)}\n\nevent: late\ndata: 1\n\n`);
  });

  expect(names).toContain('late');
});

test('it ends when it is told to, and when nobody is there', async () => {
  const stop = new AbortController();

  const open = await listen((outgoing) => void outgoing.writeHead(200, STREAM).write(':\n'), {
    signal: stop.signal,
    onOpen: () => stop.abort(),
  });
  const refused = await listenToEvents(
    {
      url: new URL('http://127.0.0.1:1/'),
      headers: {},
      clock,
      silenceMs: 1_000,
      onOpen: () => undefined,
      onEvent: () => undefined,
    },
    new AbortController().signal,
  );

  expect([open.status, refused]).toEqual([undefined, undefined]);
});

test('a line that falls silent is given up', async () => {
  const fake = createFakeClock();
  const { port } = await serve((_incoming, outgoing) => {
    outgoing.writeHead(200, STREAM).write(':\n\n');
  });
  let opened = (): void => undefined;
  const whenOpen = new Promise<void>((resolve) => (opened = resolve));
  const options = { url: new URL(`http://127.0.0.1:${port}/`), headers: {}, clock: fake };
  const listening = listenToEvents(
    { ...options, silenceMs: 90_000, onOpen: () => opened(), onEvent: () => undefined },
    new AbortController().signal,
  );
  await whenOpen;
  await fake.whenAsleep();

  await fake.advance(90_000);

  expect(await listening).toBeUndefined();
});
