import * as z from 'zod';
import type { Clock, Instant } from './clock.ts';
import { withDeadline } from './deadline.ts';
import { messageOf, MonitorError, type Reason } from './errors.ts';
import { redact, Secret } from './secret.ts';
import { createSharedWork } from './shared-work.ts';

/** Where to get access tokens and what to show for them. */
export interface OAuth2Client {
  readonly tokenUrl: string;
  readonly clientId: string;
  readonly clientSecret: Secret | undefined;
  /** Present: the refresh-token grant; absent: client credentials. */
  readonly refreshToken: Secret | undefined;
  readonly scope: string | undefined;
}

/** Access tokens for XOAUTH2, fetched when needed and kept until shortly before they expire. */
export interface AccessTokens {
  /** @throws MonitorError `auth` when the token endpoint refuses us, `unreachable`, `timeout` or `bad-reply` else. */
  get(signal: AbortSignal): Promise<Secret>;
  /** Forgets the token kept: the server did not take it. */
  invalidate(): void;
}

export interface AccessTokenTools {
  readonly clock: Clock;
  /** How the form is sent; default: `fetch`. */
  readonly post?: TokenPost;
}

/** Sends a form to the token endpoint and follows no redirect. @throws MonitorError where no answer came. */
export type TokenPost = (
  url: string,
  form: URLSearchParams,
  options: TokenPostOptions,
) => Promise<TokenAnswer>;

export interface TokenPostOptions {
  readonly signal: AbortSignal;
  /** To be kept out of every error. */
  readonly secrets: readonly Secret[];
}

const DEADLINE_MS = 10_000;
/** A token is no longer handed out this long before it expires. */
const MARGIN_MS = 60_000;
/** For an endpoint that does not say; RFC 6749 section 5.1 only recommends that it does. */
const UNKNOWN_LIFETIME_MS = 300_000;
const BODY_LIMIT = 65_536;

const TokenReply = z.looseObject({
  access_token: z.string().min(1),
  expires_in: z.coerce.number().nonnegative().optional().catch(undefined),
  refresh_token: z.string().min(1).optional().catch(undefined),
});
const ErrorReply = z.looseObject({
  error: z.string().catch(''),
  error_description: z.string().catch(''),
});

/** What the endpoint answered, before anything is made of it. */
export interface TokenAnswer {
  readonly status: number;
  readonly retryAfter: string | null;
  readonly text: string;
}

/**
 * Access tokens by the refresh-token grant or by client credentials (RFC 6749
 * sections 6 and 4.4), the client's secret in the form. A refresh token that
 * the endpoint replaces is kept in memory. One request at a time, shared by all
 * who wait for it: two with the same refresh token look like theft where they
 * are used once. It is dropped when the last of them stops waiting.
 */
export function createAccessTokens(client: OAuth2Client, tools: AccessTokenTools): AccessTokens {
  const { clock, post = postByFetch } = tools;
  let kept: { readonly token: Secret; readonly until: Instant } | undefined;
  let rotated: Secret | undefined;
  const deadline = { clock, ms: DEADLINE_MS, what: 'the token endpoint' };
  const shared = createSharedWork('an access token', (signal) =>
    withDeadline({ ...deadline, signal }, fetchToken),
  );

  async function fetchToken(signal: AbortSignal): Promise<Secret> {
    const askedAt = clock.now();
    const refreshToken = rotated ?? client.refreshToken;
    const secrets = [client.clientSecret, refreshToken].filter((secret) => secret !== undefined);
    const answer = await post(client.tokenUrl, formOf(client, refreshToken), { signal, secrets });
    if (answer.status !== 200) {
      const refusal = refusalOf(answer, secrets);
      if (refusal.reason === 'auth') readSecretsAgain();
      throw refusal;
    }
    const reply = parseTokenReply(answer.text);
    const lifetimeMs =
      reply.expires_in === undefined ? UNKNOWN_LIFETIME_MS : reply.expires_in * 1_000 - MARGIN_MS;
    if (reply.refresh_token !== undefined) rotated = new Secret(reply.refresh_token);
    const token = new Secret(reply.access_token);
    kept = { token, until: askedAt + lifetimeMs };
    return token;
  }

  function readSecretsAgain(): void {
    rotated = undefined;
    client.clientSecret?.refresh();
    client.refreshToken?.refresh();
  }

  return {
    async get(signal) {
      if (kept !== undefined && clock.now() < kept.until) return kept.token;
      return shared.join(signal);
    },
    invalidate() {
      kept = undefined;
    },
  };
}

function formOf(client: OAuth2Client, refreshToken: Secret | undefined): URLSearchParams {
  const form = new URLSearchParams({ client_id: client.clientId });
  if (client.clientSecret !== undefined) form.set('client_secret', client.clientSecret.reveal());
  if (client.scope !== undefined) form.set('scope', client.scope);
  if (refreshToken === undefined) {
    form.set('grant_type', 'client_credentials');
  } else {
    form.set('grant_type', 'refresh_token');
    form.set('refresh_token', refreshToken.reveal());
  }
  return form;
}

/** Redirects are not followed: the secrets are for this host only. */
async function postByFetch(
  url: string,
  body: URLSearchParams,
  options: TokenPostOptions,
): Promise<TokenAnswer> {
  const { signal, secrets } = options;
  try {
    const headers = { accept: 'application/json' };
    const request = { method: 'POST', body, headers, redirect: 'manual', signal } as const;
    const response = await fetch(url, request);
    const retryAfter = response.headers.get('retry-after');
    return { status: response.status, retryAfter, text: await readLimited(response) };
  } catch (error) {
    if (error instanceof MonitorError) throw error;
    const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
    const reason = isTlsError(cause) ? 'tls' : 'unreachable';
    const words = redact(messageOf(cause), secrets);
    throw new MonitorError(`the token endpoint cannot be reached: ${words}`, {
      reason,
      retryable: reason === 'unreachable',
    });
  }
}

function isTlsError(cause: unknown): boolean {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  return /CERT|SSL|TLS|EPROTO|VERIFY/.test(code);
}

async function readLimited(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  const reader = response.body?.getReader();
  for (;;) {
    const chunk: unknown = (await reader?.read())?.value;
    if (!(chunk instanceof Uint8Array)) break;
    size += chunk.length;
    if (size > BODY_LIMIT) {
      await reader?.cancel();
      throw badReply('is longer than 64 KiB');
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function parseTokenReply(text: string): z.output<typeof TokenReply> {
  const parsed = TokenReply.safeParse(parseJson(text));
  if (parsed.success) return parsed.data;
  throw badReply('holds no access_token');
}

function badReply(what: string): MonitorError {
  return new MonitorError(`the token endpoint's answer ${what}`, {
    reason: 'bad-reply',
    retryable: true,
  });
}

function refusalOf(answer: TokenAnswer, secrets: readonly Secret[]): MonitorError {
  const { status, retryAfter, text } = answer;
  const error = ErrorReply.safeParse(parseJson(text)).data;
  const words = [error?.error, error?.error_description].filter(Boolean).join(': ');
  const clean = redact(words, secrets).replace(/\s+/g, ' ').slice(0, 300);
  const reason = reasonOfStatus(status);
  const seconds = Number(retryAfter ?? Number.NaN);
  return new MonitorError(`the token endpoint answered ${status}${clean && ` (${clean})`}`, {
    reason,
    retryable: reason === 'rate-limited' || reason === 'unreachable',
    ...(seconds >= 0 ? { retryAfterMs: seconds * 1_000 } : {}),
  });
}

function reasonOfStatus(status: number): Reason {
  if (status === 429) return 'rate-limited';
  if (status === 400 || status === 401 || status === 403) return 'auth';
  return status >= 500 ? 'unreachable' : 'bad-reply';
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
