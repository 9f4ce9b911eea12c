import { MonitorError } from '../../base/errors.ts';
import { Secret } from '../../base/secret.ts';
import { createSharedWork } from '../../base/shared-work.ts';
import type { Authorization, HttpCall } from '../http/courier.ts';
import type { HttpReply } from '../http/exchange.ts';
import type { Http } from '../http/http.ts';
import type { RtConfig } from './config.ts';

/** How we are known to RT, and what must be kept out of every text for it. */
export interface Session extends Authorization {
  /** The cookie in use; none before the first. */
  secrets(): readonly Secret[];
  /** RT does not know any more what `header` gave: another one is got, unless one was since. */
  refused(shown: string): void;
  /** RT forgets its sessions at once: from now on the credentials themselves go with every request. */
  giveUp(): void;
  /** What RT said of itself when we logged in. */
  version(): string | undefined;
  /** Whether requests go without the credentials, which cost RT a bcrypt each. */
  isCookie(): boolean;
}

/**
 * Trades token or password for a session, as RT's own command line client does: RT hashes
 * either for a quarter of a second at each request that shows it, and reads a
 * session within milliseconds. Where REST 1.0 is not there to give one, every
 * request shows the credentials.
 */
export function createSession(
  config: Pick<RtConfig, 'url' | 'token' | 'user' | 'password'>,
  http: Pick<Http, 'call'>,
): Session {
  const what = config.url.host;
  let cookie: Secret | undefined;
  let isPlain = false;
  let version: string | undefined;

  async function logIn(signal: AbortSignal): Promise<Secret | undefined> {
    for (;;) {
      const said = readLogin(await http.call(loginCall(config), signal));
      version = said.version ?? version;
      if (!said.isRefused) return said.cookie;
      if (!refresh(config)) throw refused(what, config);
    }
  }

  const login = createSharedWork(`a session at ${what}`, async (signal) => {
    cookie = await logIn(signal);
    isPlain = cookie === undefined;
  });

  function renew(): boolean {
    cookie = undefined;
    isPlain = false;
    refresh(config);
    return true;
  }

  return {
    /** Of what `header` gave last. */
    get headerName() {
      return isPlain ? 'authorization' : 'cookie';
    },
    async header(signal) {
      if (isPlain) return plainHeader(config);
      if (cookie === undefined) await login.join(signal);
      return cookie?.reveal() ?? plainHeader(config);
    },
    renew,
    refused(shown) {
      if (isPlain || cookie?.reveal() === shown) renew();
    },
    giveUp() {
      isPlain = true;
    },
    secrets: () => (cookie === undefined ? [] : [cookie]),
    version: () => version,
    isCookie: () => cookie !== undefined && !isPlain,
  };
}

type Keys = Pick<RtConfig, 'token' | 'user' | 'password'>;

/** REST 1.0 takes both, on any of its pages; a browser's pages are large. Every status is an answer: the next one is tried. */
function loginCall({ token, user = '', password }: Keys): HttpCall {
  const common = { path: '/REST/1.0/', allow: [301, 302, 303, 307, 400, 401, 403, 404, 405, 410] };
  if (token !== undefined) {
    const header = (): Promise<string> => Promise.resolve(`token ${token.reveal()}`);
    return { ...common, authorization: { header, renew: () => false } };
  }
  const form = new URLSearchParams({ user, pass: password?.reveal() ?? '' });
  const body = { type: 'application/x-www-form-urlencoded', text: form.toString() };
  return { ...common, method: 'POST', body };
}

/** `RT/5.0.3 200 Ok`, or 401, in the body; the status of the reply itself is always 200. */
function readLogin({ status, body, headers }: HttpReply): {
  readonly version: string | undefined;
  readonly isRefused: boolean;
  readonly cookie: Secret | undefined;
} {
  const [, version, code] = /^RT\/(\d\S*) (\d{3}) /.exec(body) ?? [];
  const [, name, value] = /(RT_SID_[^=;,\s]+)=([^;,\s]+)/.exec(headers['set-cookie'] ?? '') ?? [];
  const isLogin = status === 200 && code === '200' && name !== undefined && value !== undefined;
  return {
    version,
    isRefused: code === '401',
    cookie: isLogin ? new Secret(`${name}=${value}`) : undefined,
  };
}

function plainHeader({ token, user = '', password }: Keys): string {
  if (token !== undefined) return `token ${token.reveal()}`;
  const both = Buffer.from(`${user}:${password?.reveal() ?? ''}`).toString('base64');
  return `Basic ${both}`;
}

/** A file may hold something new by now. */
function refresh({ token, password }: Keys): boolean {
  return (token ?? password)?.refresh() ?? false;
}

function refused(what: string, { token, user = '' }: Keys): MonitorError {
  const whose = token === undefined ? `the password of ${user}` : 'the token';
  return new MonitorError(`${what}: RT does not take ${whose}`, {
    reason: 'auth',
    retryable: false,
  });
}
