import { describe, expect, it } from 'vitest';
import { LONG, startSite } from './support.ts';

describe('headers', () => {
  it('nothing inline, nothing from elsewhere, no frame, no CORS', async () => {
    const site = await startSite();

    const { headers } = await site.get('/', { headers: { origin: 'https://evil.example' } });

    expect(String(headers['content-security-policy']).split(';').sort()).toEqual([
      "base-uri 'none'",
      "connect-src 'self'",
      "default-src 'none'",
      "form-action 'none'",
      "frame-ancestors 'none'",
      "img-src 'self'",
      "script-src 'self'",
      "style-src 'self'",
    ]);
    expect(headers['x-content-type-options']).toBe('nosniff');
    expect(headers['cache-control']).toBe('no-store');
    expect(headers).not.toHaveProperty('access-control-allow-origin');
    expect(headers).not.toHaveProperty('x-powered-by');
    expect(headers).not.toHaveProperty('set-cookie');
  });

  it.each([
    [200, 'localhost'],
    [200, 'LOCALHOST:9925'],
    [200, 'localhost.'],
    [200, '127.0.0.1:80'],
    [200, '10.1.2.3:9925'],
    [200, '[::1]:9925'],
    [200, 'canary.example.com:443'],
    [421, 'evil.example'],
    [421, '127.0.0.1.evil.example'],
    [421, 'localhost.evil.example:9925'],
    [421, 'localhost@evil.example'],
    [421, 'evil.example/localhost'],
    [421, '[evil]'],
    [421, LONG],
  ])('%d for the Host "%s"', async (status, host) => {
    const site = await startSite();

    for (const path of ['/', '/metrics', '/nowhere']) {
      const answer = await site.get(path, { headers: { host } });
      expect(answer.status === 404 ? 200 : answer.status, path).toBe(status);
      expect(answer.text).not.toContain('evil');
    }
  });
});
