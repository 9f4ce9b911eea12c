import { request as httpRequest } from 'node:http';
import { describe, expect, it } from 'vitest';
import { MonitorError } from '../../src/base/errors.ts';
import type { ServerParts } from '../../src/server/server.ts';
import { basic, bearer, fakeControl, LISTEN, LOCKED, OPEN, startSite } from './support.ts';

describe('commands', () => {
  const commands = [
    '/api/v1/probes/support/launch',
    '/api/v1/probes/support/pause',
    '/api/v1/probes/support/resume',
    '/-/reload',
  ];
  const commanded = async (parts: Partial<ServerParts> = {}) => {
    const control = fakeControl();
    return { control, site: await startSite({ control, config: LOCKED, ...parts }) };
  };

  it.each(commands)('%s: 403 with the fix where no token is configured', async (path) => {
    const { control, site } = await commanded({ config: OPEN });

    const { status, text } = await site.post(path, '{}', bearer());

    expect(status).toBe(403);
    expect(text).toContain('server.access_token');
    expect(control.told).toEqual([]);
  });

  it.each(commands)('%s: 401 with a wrong token', async (path) => {
    const { control, site } = await commanded();

    const { status, headers } = await site.post(path, '{}', bearer('wrong'));

    expect(status).toBe(401);
    expect(headers['www-authenticate']).toContain('Bearer');
    expect(control.told).toEqual([]);
  });

  it.each<Record<string, string>>([
    { origin: 'https://evil.example' },
    { origin: 'null' },
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
  ])("another site's page cannot use a remembered password: %j", async (headers) => {
    const { control, site } = await commanded();

    for (const path of commands) {
      const { status } = await site.post(path, '{}', { ...basic(), ...headers });
      expect(status).toBe(403);
    }

    expect(control.told).toEqual([]);
  });

  it('launches, pauses, resumes and reloads', async () => {
    const { control, site } = await commanded();
    const probe = '/api/v1/probes/support';
    const own = { ...bearer(), origin: `http://127.0.0.1:${site.port}` };

    const launched = await site.post(`${probe}/launch`, undefined, own);
    const paused = await site.post(`${probe}/pause`, '{"for":"2h","reason":" upgrade "}', bearer());
    const resumed = await site.post(`${probe}/resume`, '', basic());
    const reloaded = await site.post('/-/reload', undefined, bearer());

    expect(launched.status).toBe(202);
    expect(launched.headers.location).toMatch(/^\/canary\/mcam[a-z2-7]{28}$/);
    expect(JSON.parse(paused.text)).toEqual({
      probe: 'support',
      pause: {
        since: '2026-11-24T02:30:00.000Z',
        until: '2026-11-24T04:30:00.000Z',
        reason: 'upgrade',
      },
    });
    expect(JSON.parse(resumed.text)).toEqual({ probe: 'support', was_paused: true });
    expect(JSON.parse(reloaded.text)).toEqual({ changed: ['probes.support'], needs_restart: [] });
    expect(control.told).toEqual([
      'launch support',
      'pause support 7200000 upgrade',
      'resume support',
      'reload',
    ]);
  });

  it('launches with deadlines of its own, the absent one as probe NAME has it', async () => {
    const { control, site } = await commanded();
    const launch = (body: string) => site.post('/api/v1/probes/support/launch', body, bearer());

    await launch('{"late_after":"5m","timeout":"15m"}');
    await launch('{"late_after":"1m"}');
    await launch('{"timeout":"1h"}');
    await launch('{}');

    expect(control.told).toEqual([
      'launch support {"lateAfterMs":300000,"timeoutMs":900000}',
      'launch support {"lateAfterMs":60000,"timeoutMs":600000}',
      'launch support {"lateAfterMs":600000,"timeoutMs":3600000}',
      'launch support',
    ]);
  });

  it.each([
    '{"late_after":"15m","timeout":"5m"}',
    '{"timeout":"10m"}', // not more than the probe's own late_after
    '{"timeout":"4d"}',
    '{"late_after":"30d"}', // by default the timeout is twice that
    '{"late_after":0}',
    '{"lost_after":"5m"}',
    '[]',
    'null',
    'late_after=5m',
  ])('400 for the launch %s', async (body) => {
    const { control, site } = await commanded();

    const answer = await site.post('/api/v1/probes/support/launch', body, bearer());

    expect(answer.status).toBe(400);
    expect(control.told).toEqual([]);
  });

  it.each<[number, string]>([
    [400, ''],
    [400, '{}'],
    [400, '{"for":"2h"}'],
    [400, '{"for":"0s","reason":"x"}'],
    [400, '{"for":"2h","reason":"  "}'],
    [400, '{"for":"2h","reason":"a\\r\\nSet-Cookie: x"}'],
    [400, `{"for":"2h","reason":"${'x'.repeat(201)}"}`],
    [400, '{"for":"2h","reason":"x","extra":1}'],
    [400, '{"__proto__":{"for":"2h","reason":"x"}}'],
    [400, 'for=2h&reason=x'],
    [400, '[]'],
    [400, 'null'],
    [413, `{"for":"2h","reason":"${'x'.repeat(5_000)}"}`],
  ])('%d for the pause %s', async (status, body) => {
    const { control, site } = await commanded();

    const answer = await site.post('/api/v1/probes/support/pause', body, bearer());

    expect(answer.status).toBe(status);
    expect(answer.text).not.toContain('xxx');
    expect(control.told).toEqual([]);
  });

  it('nobody without the token makes us read a huge body', async () => {
    const { site } = await commanded();
    const headers = { ...bearer('wrong'), 'content-length': '1000000000' };

    const status = await new Promise((resolve, reject) => {
      const request = httpRequest({
        ...LISTEN,
        port: site.port,
        path: '/-/reload',
        method: 'POST',
        headers,
      });
      request.on('response', (response) => {
        resolve(response.statusCode);
        request.destroy();
      });
      request.on('error', reject);
      request.write('x'.repeat(10_000));
    });

    expect(status).toBe(401);
  });

  it('an unknown probe is 404, what the monitor refuses keeps its reason', async () => {
    const error = new MonitorError('disk is full', { reason: 'ledger', retryable: true });
    const { site } = await commanded({
      control: fakeControl({
        launch: () => Promise.reject(error),
        reload: () => Promise.resolve({ ok: false, problems: 'line 3: is empty' }),
      }),
    });

    const unknown = await site.post('/api/v1/probes/nobody/launch', '', bearer());
    const refused = await site.post('/api/v1/probes/support/launch', '', bearer());
    const reloaded = await site.post('/-/reload', '', bearer());

    expect(unknown.status).toBe(404);
    expect([refused.status, JSON.parse(refused.text)]).toEqual([
      503,
      { error: { reason: 'ledger', message: 'disk is full' } },
    ]);
    expect([reloaded.status, reloaded.text]).toEqual([422, expect.stringContaining('line 3')]);
  });
});
