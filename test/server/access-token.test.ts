import { describe, expect, it } from 'vitest';
import { ACCESS_TOKEN, basic, bearer, LOCKED, LONG, startSite } from './support.ts';

describe('access token', () => {
  const protectedPaths = [
    '/',
    '/canary/x',
    '/assets/page.js',
    '/api/v1/probes',
    '/api/v1/events',
    '/no',
  ];

  it.each(protectedPaths)('protects %s', async (path) => {
    const site = await startSite({ config: LOCKED });

    const answer = await site.get(path);

    expect(answer.status).toBe(401);
    expect(answer.headers['www-authenticate']).toContain('Basic realm="mailcanary"');
  });

  it.each(['/healthz', '/readyz', '/metrics'])('leaves %s open', async (path) => {
    const site = await startSite({ config: LOCKED });

    expect((await site.get(path)).status).toBe(200);
  });

  it.each<[number, Record<string, string>]>([
    [200, bearer()],
    [200, { authorization: `bearer  ${ACCESS_TOKEN}` }],
    [200, basic()],
    [200, basic(ACCESS_TOKEN, '')],
    [401, bearer('wrong')],
    [401, bearer(`${ACCESS_TOKEN}x`)],
    [401, bearer(ACCESS_TOKEN.slice(0, -1))],
    [401, basic('')],
    [401, { authorization: `Basic ${Buffer.from(ACCESS_TOKEN).toString('base64')}` }],
    [401, { authorization: ACCESS_TOKEN }],
    [401, { authorization: 'Bearer' }],
    [401, { authorization: `Bearer ${LONG}` }],
    [401, { authorization: 'Basic %%%' }],
    [401, { cookie: `token=${ACCESS_TOKEN}` }],
  ])('%d for %j', async (status, headers) => {
    const site = await startSite({ config: LOCKED });

    expect((await site.get('/api/v1/probes', { headers })).status).toBe(status);
  });
});
