import { describe, expect, it } from 'vitest';
import { failureOf, open, PLANTED, serve, signal } from './support.ts';

describe('a status that says no', () => {
  it.each([
    [400, 'refused', false],
    [401, 'auth', false],
    [403, 'auth', false],
    [404, 'config', false],
    [408, 'timeout', true],
    [410, 'config', false],
    [422, 'refused', false],
    [429, 'rate-limited', true],
    [500, 'unreachable', true],
    [502, 'unreachable', true],
    [503, 'unreachable', true],
    [504, 'timeout', true],
    [304, 'bad-reply', true],
  ])('%d is %s', async (status, reason, retryable) => {
    const { port } = await serve((_incoming, outgoing) => outgoing.writeHead(status).end());

    const error = await failureOf(open(port).call({ path: '/' }, signal));

    expect(error).toMatchObject({ reason, retryable });
  });

  it('is told in the words of the service, on one line, without secrets', async () => {
    const body = JSON.stringify({ error: 'bad', message: `no\nsuch key ${PLANTED}` });
    const { port } = await serve((_incoming, outgoing) => outgoing.writeHead(400).end(body));

    const error = await failureOf(open(port).call({ path: '/' }, signal));

    expect(error.message).toBe(`127.0.0.1:${port} answered 400 (bad: no such key [redacted])`);
  });

  it('repeats no page of HTML', async () => {
    const { port } = await serve((_incoming, outgoing) =>
      outgoing.writeHead(502).end('<html>a customer wrote aardvark</html>'),
    );

    const error = await failureOf(open(port).call({ path: '/' }, signal));

    expect(error.message).toBe(`127.0.0.1:${port} answered 502`);
  });
});

describe('for how long a service does not want to be asked', () => {
  const later = (ms: number): string => new Date(Date.UTC(2026, 10, 24) + ms).toUTCString();
  it.each<readonly [string, Record<string, string>, number]>([
    ['seconds', { 'retry-after': '17' }, 17_000],
    ['its own header', { 'x-ratelimit-retry-after': '9', 'retry-after': '17' }, 9_000],
    ['a date, by its own clock', { 'retry-after': later(42_000), date: later(0) }, 42_000],
    ['a date in the past', { 'retry-after': later(-42_000), date: later(0) }, 0],
    ['a year', { 'retry-after': '31536000' }, 3_600_000],
    ['nonsense', { 'retry-after': 'later' }, 60_000],
    ['a negative number', { 'retry-after': '-5' }, 60_000],
    ['nothing', {}, 60_000],
  ])('%s', async (_what, headers, expected) => {
    const { port } = await serve((_incoming, outgoing) => outgoing.writeHead(429, headers).end());
    const http = open(port);

    const error = await failureOf(http.call({ path: '/' }, signal));

    expect(error).toMatchObject({ reason: 'rate-limited', retryAfterMs: expected });
  });

  it('it is not asked', async () => {
    const { port, requests } = await serve((_incoming, outgoing) =>
      outgoing.writeHead(429, { 'retry-after': '30' }).end(),
    );
    const http = open(port);
    await failureOf(http.call({ path: '/' }, signal));

    const error = await failureOf(http.call({ path: '/' }, signal));

    expect(error.reason).toBe('rate-limited');
    expect(error.retryAfterMs).toBeGreaterThan(25_000);
    expect(requests).toHaveLength(1);
  });

  it('nor when its limit is used up', async () => {
    const { port, requests } = await serve((_incoming, outgoing) =>
      outgoing.writeHead(200, { 'x-ratelimit-remaining-minute': '0' }).end('{}'),
    );
    const http = open(port);
    await http.call({ path: '/' }, signal);

    expect((await failureOf(http.call({ path: '/' }, signal))).reason).toBe('rate-limited');
    expect(requests).toHaveLength(1);
  });
});
