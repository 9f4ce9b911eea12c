import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { LONG, startSite } from './support.ts';

describe('hostile paths', () => {
  it.each([
    `/canary/${LONG}`,
    '/canary/..%2f..%2fetc%2fpasswd',
    '/canary/%00',
    '/canary/%0d%0aSet-Cookie:%20x=y',
    '/canary/<script>alert(1)</script>',
    '/canary/%3Cscript%3Ealert(1)%3C/script%3E',
    '/assets/../server.ts',
    '/assets/..%2fserver.ts',
    '/assets/__proto__',
    '/assets/constructor',
    '/../../etc/passwd',
    '//evil.example/',
    '/api/v1/canaries/%27%20OR%201=1',
    '/CANARY/x',
  ])('404 for %s', async (path) => {
    const site = await startSite();

    const { status, text, headers } = await site.get(
      encodeURI(decodeURI(path)).replace(/%25/g, '%'),
    );

    expect(status).toBe(404);
    expect(text).not.toMatch(/<script>alert|passwd|import /);
    expect(headers).not.toHaveProperty('set-cookie');
  });

  it('400 for a path that is no URL', async () => {
    const site = await startSite();

    expect((await site.get('/canary/%E0%A4%A')).status).toBe(400);
  });

  it.each([
    'GET / HTTP/1.1\r\n\r\n',
    'rubbish\r\n\r\n',
    `GET / HTTP/1.1\r\nHost: x\r\nA: ${'b'.repeat(20_000)}\r\n\r\n`,
  ])('raw rubbish gets a 4xx and no more: %#', async (bytes) => {
    const site = await startSite();

    const reply = await new Promise<string>((resolve) => {
      const socket = connect(site.port, '127.0.0.1', () => socket.write(bytes));
      let text = '';
      socket.on('data', (chunk) => (text += chunk.toString()));
      socket.on('close', () => resolve(text));
    });

    expect(reply).toMatch(/^HTTP\/1\.1 4\d\d /);
  });
});
