import { describe, expect, it } from 'vitest';
import { MonitorError } from '../../src/base/errors.ts';
import { anObserver, MINUTE, NOW } from './samples.ts';
import { fakeControl, recorder, startSite } from './support.ts';

describe('reading', () => {
  it.each([
    ['/', 200, 'text/html; charset=utf-8'],
    ['/healthz', 200, 'text/plain; charset=utf-8'],
    ['/readyz', 200, 'application/json; charset=utf-8'],
    ['/metrics', 200, 'text/plain; version=0.0.4'],
    ['/assets/style.css', 200, 'text/css; charset=utf-8'],
    ['/assets/page.js', 200, 'text/javascript; charset=utf-8'],
    ['/assets/icon-bad.svg', 200, 'image/svg+xml; charset=utf-8'],
    ['/api/v1/probes', 200, 'application/json; charset=utf-8'],
    ['/api/v1/observers', 200, 'application/json; charset=utf-8'],
    ['/api/v1/canaries', 200, 'application/json; charset=utf-8'],
    ['/nowhere', 404, 'text/html; charset=utf-8'],
    ['/api/v1/nowhere', 404, 'application/json; charset=utf-8'],
  ])('GET and HEAD %s: %d %s', async (path, status, type) => {
    const site = await startSite();

    const got = await site.get(path, { headers: { accept: 'text/html' } });
    const head = await site.get(path, { method: 'HEAD', headers: { accept: 'text/html' } });

    expect([got.status, got.headers['content-type']]).toEqual([status, type]);
    expect([head.status, head.headers['content-type'], head.text]).toEqual([status, type, '']);
    expect(got.text).not.toBe('');
  });

  it('an unready monitor answers 503 and says why', async () => {
    const checks = [{ name: 'ledger', ok: false, detail: 'disk is full' }];
    const site = await startSite({
      control: fakeControl({ readiness: () => ({ ready: false, checks }) }),
    });

    const { status, text } = await site.get('/readyz');

    expect(status).toBe(503);
    expect(JSON.parse(text)).toEqual({ ready: false, checks });
  });

  it('metrics that would not be true are not given', async () => {
    const error = new MonitorError('the log cannot be read', { reason: 'ledger', retryable: true });
    const site = await startSite({ metrics: { scrape: () => Promise.reject(error) } });

    expect((await site.get('/metrics')).status).toBe(503);
  });

  it('probes have a stable shape', async () => {
    const site = await startSite();

    const { text } = await site.get('/api/v1/probes');

    expect(JSON.parse(text)).toMatchObject({
      probes: [
        {
          name: 'support',
          state: 'ok',
          to: 'support@example.com',
          interval_seconds: 60,
          late_after_seconds: 600,
          horizon_at: '2026-11-24T02:29:59.000Z',
          head_at: null,
          lag_seconds: 0,
          last_latency_seconds: 3.24,
          last_latency_error_seconds: 0.12,
          pause: null,
          loss: {
            window_seconds: 86_400,
            lost: 0,
            judged: 1_440,
            ratio_lower: 0,
            evidence_log10: 1.9,
          },
        },
      ],
    });
  });

  it('observers have a stable shape', async () => {
    const site = await startSite();

    const { text } = await site.get('/api/v1/observers');

    expect(JSON.parse(text)).toEqual({
      observers: [
        {
          name: 'helpdesk',
          type: 'imap',
          horizon_at: '2026-11-24T02:29:59.000Z',
          horizon_age_seconds: 1,
          index_lag_seconds: 0,
          last_look_at: '2026-11-24T02:29:59.000Z',
          failure: null,
          positive_control: null,
        },
      ],
    });
  });

  it('observers tell of their latest positive control, or that none was made yet', async () => {
    const failed = { at: NOW - 3 * MINUTE, result: 'failed' } as const;
    const site = await startSite({
      control: fakeControl({
        observers: () => [
          anObserver({
            positiveControl: { passedAt: NOW - 8 * MINUTE, isBlind: true, last: failed },
          }),
          anObserver({
            name: 'mailbox',
            positiveControl: { passedAt: null, isBlind: false, last: null },
          }),
        ],
      }),
    });

    const { text } = await site.get('/api/v1/observers');

    expect(JSON.parse(text)).toMatchObject({
      observers: [
        {
          positive_control: {
            result: 'failed',
            at: '2026-11-24T02:27:00.000Z',
            age_seconds: 180,
            passed_at: '2026-11-24T02:22:00.000Z',
            is_blind: true,
          },
        },
        {
          positive_control: {
            result: null,
            at: null,
            age_seconds: null,
            passed_at: null,
            is_blind: false,
          },
        },
      ],
    });
  });

  it('a bug says nothing about itself but to the log', async () => {
    const logged: object[] = [];
    const site = await startSite({
      control: fakeControl({
        probes: () => {
          throw new Error('secret path /etc/shadow');
        },
      }),
      logger: recorder(logged),
    });

    const { status, text } = await site.get('/api/v1/probes');

    expect(status).toBe(500);
    expect(text).not.toMatch(/shadow|\.ts|at /);
    expect(logged).toContainEqual(expect.objectContaining({ path: '/api/v1/probes' }));
  });
});
