import { createServer, type Server, type ServerResponse } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createAccessTokens, type OAuth2Client } from '../../src/base/oauth2.ts';
import { Secret } from '../../src/base/secret.ts';
import { createFakeClock } from '../support/fake-clock.ts';

const NEVER = new AbortController().signal;

let server: Server;
let forms: URLSearchParams[] = [];
let answer: (response: ServerResponse) => void;
let onRequest: (() => void) | undefined;

beforeEach(async () => {
  forms = [];
  onRequest = undefined;
  answer = ok({ access_token: 'first', expires_in: 3_600 });
  server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      forms.push(new URLSearchParams(body));
      response.setHeader('connection', 'close');
      answer(response);
      onRequest?.();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});

afterEach(() => {
  server.closeAllConnections();
  server.close();
});

function ok(reply: object): (response: ServerResponse) => void {
  return (response) => void response.end(JSON.stringify(reply));
}

function status(code: number, body = '', headers: Record<string, string> = {}) {
  return (response: ServerResponse) => void response.writeHead(code, headers).end(body);
}

function client(changes: Partial<OAuth2Client> = {}): OAuth2Client {
  const address = server.address();
  const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
  return {
    tokenUrl: `http://127.0.0.1:${port}/token`,
    clientId: 'app',
    clientSecret: new Secret('app-secret'),
    refreshToken: new Secret('refresh-1'),
    scope: 'smtp.send',
    ...changes,
  };
}

function start(changes: Partial<OAuth2Client> = {}) {
  const clock = createFakeClock();
  const tokens = createAccessTokens(client(changes), { clock });
  const get = async (): Promise<string> => (await tokens.get(NEVER)).reveal();
  return { clock, tokens, get };
}

describe('access tokens', () => {
  it('are fetched with the refresh token, or with client credentials where there is none', async () => {
    const { get } = start();
    const other = start({ refreshToken: undefined, scope: undefined });

    expect(await get()).toBe('first');
    await other.get();

    expect(Object.fromEntries(forms[0]!)).toEqual({
      grant_type: 'refresh_token',
      refresh_token: 'refresh-1',
      client_id: 'app',
      client_secret: 'app-secret',
      scope: 'smtp.send',
    });
    expect(Object.fromEntries(forms[1]!)).toEqual({
      grant_type: 'client_credentials',
      client_id: 'app',
      client_secret: 'app-secret',
    });
  });

  it.each([
    ['3600 s', { expires_in: 3_600 }, 3_540_000],
    ['3600 s, as text', { expires_in: '3600' }, 3_540_000],
    ['a time that it does not say', {}, 300_000],
  ])('of %s are kept until 60 s before their end', async (_what, reply, keptMs) => {
    answer = ok({ access_token: 'first', ...reply });
    const { clock, get } = start();

    await get();
    await clock.advance(keptMs - 1);
    await get();
    expect(forms).toHaveLength(1);

    await clock.advance(1);
    await get();
    expect(forms).toHaveLength(2);
  });

  it('are fetched again once invalid', async () => {
    const { tokens, get } = start();

    await get();
    tokens.invalidate();
    answer = ok({ access_token: 'second' });

    expect(await get()).toBe('second');
  });

  it('use a refresh token that was replaced from then on', async () => {
    answer = ok({ access_token: 'first', expires_in: 1, refresh_token: 'refresh-2' });
    const { get } = start();

    await get();
    await get();

    expect(forms.map((form) => form.get('refresh_token'))).toEqual(['refresh-1', 'refresh-2']);
  });

  it('go back to the configured secrets, read again, when refused', async () => {
    let onDisk = 'refresh-1';
    answer = ok({ access_token: 'first', expires_in: 1, refresh_token: 'refresh-2' });
    const { get } = start({ refreshToken: new Secret(onDisk, () => onDisk) });

    await get();
    answer = status(400, '{"error":"invalid_grant"}');
    onDisk = 'refresh-9';
    await expect(get()).rejects.toMatchObject({ reason: 'auth' });
    answer = ok({ access_token: 'third' });

    expect(await get()).toBe('third');
    expect(forms.at(-1)!.get('refresh_token')).toBe('refresh-9');
  });

  it('share one request among all who wait', async () => {
    const { get } = start();

    expect(await Promise.all([get(), get(), get()])).toEqual(['first', 'first', 'first']);
    expect(forms).toHaveLength(1);
  });

  it('let one stop waiting without the others', async () => {
    let release = (): void => undefined;
    answer = (response) => (release = () => ok({ access_token: 'late' })(response));
    const arrived = new Promise<void>((resolve) => (onRequest = resolve));
    const { tokens, get } = start();
    const abort = new AbortController();

    const stopped = tokens.get(abort.signal);
    const waiting = get();
    await arrived;
    abort.abort();
    await expect(stopped).rejects.toMatchObject({ reason: 'aborted' });
    release();

    expect(await waiting).toBe('late');
  });
});

describe('a token endpoint that fails', () => {
  const denied = JSON.stringify({
    error: 'invalid_grant',
    error_description: 'app-secret and\nrefresh-1 are wrong',
  });
  it.each([
    ['400', status(400, denied), 'auth', false],
    ['401', status(401, ''), 'auth', false],
    ['403', status(403, '<html>'), 'auth', false],
    ['404', status(404), 'bad-reply', false],
    ['302', status(302, '', { location: 'http://127.0.0.1:1/' }), 'bad-reply', false],
    ['503', status(503), 'unreachable', true],
    ['no JSON', status(200, 'hello'), 'bad-reply', true],
    ['no token', ok({ token_type: 'bearer' }), 'bad-reply', true],
    ['too much', status(200, 'x'.repeat(70_000)), 'bad-reply', true],
    ['a reset', (response: ServerResponse) => void response.destroy(), 'unreachable', true],
  ])('%s', async (...[, how, reason, retryable]) => {
    answer = how;
    const { get } = start();

    await expect(get()).rejects.toMatchObject({ name: 'MonitorError', reason, retryable });
  });

  it('repeats no secret, in one line', async () => {
    answer = status(400, denied);
    const { get } = start();

    const error: unknown = await get().catch((thrown: unknown) => thrown);

    expect(String(error)).toContain('400 (invalid_grant: [redacted] and [redacted] are wrong)');
  });

  it('is asked again after the time that it wants', async () => {
    answer = status(429, '', { 'retry-after': '7' });
    const { get } = start();

    await expect(get()).rejects.toMatchObject({ reason: 'rate-limited', retryAfterMs: 7_000 });
  });

  it('is given 10 s', async () => {
    answer = () => undefined;
    const arrived = new Promise<void>((resolve) => (onRequest = resolve));
    const { clock, get } = start();

    const waiting = get();
    const expected = expect(waiting).rejects.toMatchObject({ reason: 'timeout' });
    await arrived;
    await clock.advance(10_000);

    await expected;
  });

  it('is not asked for one who does not want it any more', async () => {
    const { tokens } = start();

    await expect(tokens.get(AbortSignal.abort())).rejects.toMatchObject({ reason: 'aborted' });
  });

  it('is unreachable when nobody listens', async () => {
    const { get } = start({ tokenUrl: 'http://127.0.0.1:1/' });

    await expect(get()).rejects.toMatchObject({ reason: 'unreachable' });
  });
});
