import { expect, test } from 'vitest';
import { Secret } from '../../../src/base/secret.ts';
import { createHttp } from '../../../src/observers/http/http.ts';
import { createApi } from '../../../src/observers/rt/api.ts';
import { createSession } from '../../../src/observers/rt/session.ts';
import { createFakeClock } from '../../support/fake-clock.ts';

const { signal } = new AbortController();

/** What an RT says to logins, and to requests for a ticket: with an older session, a redirect. */
function startRt() {
  const clock = createFakeClock();
  const rt = { logins: 0 };
  const http = createHttp({
    baseUrl: new URL('http://rt.test'),
    timeoutMs: 1_000,
    requestsPerMinute: 600,
    secrets: () => [],
    clock,
    exchange({ url, headers }) {
      const isLogin = url.pathname === '/REST/1.0/';
      if (isLogin) rt.logins += 1;
      const isKnown = headers['cookie'] === `RT_SID_x=${rt.logins}`;
      const body = isLogin ? 'RT/5.0.3 200 Ok\n' : '{"id":7,"Status":"new"}';
      const cookie = isLogin ? { 'set-cookie': `RT_SID_x=${rt.logins}; path=/` } : {};
      const now = clock.now();
      const reply = { status: isLogin || isKnown ? 200 : 302, headers: cookie, body };
      return Promise.resolve({ ...reply, requestedAt: now, receivedAt: now });
    },
  });
  const config = { url: new URL('http://rt.test'), user: undefined, password: undefined };
  const session = createSession({ ...config, token: new Secret('planted-token') }, http);
  const api = createApi(http, session, { queue: 'Support', what: 'rt.test' });
  return { rt, api };
}

test('two calls that find no session at the same time log in once', async () => {
  const { rt, api } = startRt();

  await Promise.all([api.ticket(7, signal), api.ticket(7, signal), api.ticket(7, signal)]);

  expect(rt.logins).toBe(1);
});

test('two calls that find their session forgotten at the same time log in once more', async () => {
  const { rt, api } = startRt();
  await api.ticket(7, signal);
  rt.logins += 1; // what was given before is not known any more

  await Promise.all([api.ticket(7, signal), api.ticket(7, signal), api.ticket(7, signal)]);

  expect(rt.logins).toBe(3);
});
