import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { silentLogger } from '../../src/base/logger.ts';
import { createSocket, listen } from '../../src/server/socket.ts';

it('lets go of a reader that stands still in the middle of an answer', async () => {
  const http = createSocket(
    (_request, response) => void response.end(Buffer.alloc(64 * 1_048_576)),
  );
  expect(http.timeout).toBe(60_000);
  http.timeout = 100;
  const closed = new Promise<void>((resolve) => {
    http.once('connection', (socket) => socket.once('close', () => resolve()));
  });
  const { port } = await listen(http, { host: '127.0.0.1', port: 0 }, silentLogger);
  const reader = connect(port, '127.0.0.1').pause();
  reader.on('error', () => undefined);
  reader.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');

  await closed;

  reader.destroy();
  http.close();
});

it('answers on after connections that it could not take, and tells of the first', async () => {
  const http = createSocket((_request, response) => void response.end('here'));
  const warnings: unknown[] = [];
  const logger = { warn: (fields: object) => void warnings.push(fields) };
  const { port } = await listen(http, { host: '127.0.0.1', port: 0 }, logger);

  // As `net` does when accept() fails.
  const exhausted = new Error('accept ENFILE');
  for (let count = 0; count < 3; count += 1) http.emit('error', exhausted);
  const answer = await fetch(`http://127.0.0.1:${port}/`);

  expect(await answer.text()).toBe('here');
  expect(warnings).toEqual([{ host: '127.0.0.1', port: 0, detail: 'accept ENFILE' }]);
  http.close();
  http.closeAllConnections();
});

describe('where it cannot listen', () => {
  it('says what stands in the way and what to write', async () => {
    const first = createSocket(() => undefined);
    const { port } = await listen(first, { host: '127.0.0.1', port: 0 }, silentLogger);

    const taken = listen(
      createSocket(() => undefined),
      { host: '127.0.0.1', port },
      silentLogger,
    );
    const elsewhere = listen(
      createSocket(() => undefined),
      { host: '192.0.2.7', port: 0 },
      silentLogger,
    );

    await expect(taken).rejects.toMatchObject({
      reason: 'config',
      message: `cannot listen on 127.0.0.1 port ${port}: another process does already; end it, or write another port (server.listen, server.hooks.listen)`,
    });
    await expect(elsewhere).rejects.toThrow(/port 0: this machine has no such address; write one/);
    first.close();
  });
});
