import { connect } from 'node:net';
import { expect, it } from 'vitest';
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
  const { port } = await listen(http, { host: '127.0.0.1', port: 0 });
  const reader = connect(port, '127.0.0.1').pause();
  reader.on('error', () => undefined);
  reader.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');

  await closed;

  reader.destroy();
  http.close();
});
