import type { Clock } from '../../base/clock.ts';
import { messageOf } from '../../base/errors.ts';
import type { Logger } from '../../base/logger.ts';
import type { Random } from '../../base/random.ts';
import { ApiError, errorBody, OAuthError } from './errors.ts';
import type { RequestKind } from './faults.ts';
import { createRateLimit } from './rate.ts';
import { route, type ApiReply, type ApiRequest, type Desk } from './routes.ts';
import type { Tokens } from './tokens.ts';

export interface ApiTools {
  readonly desk: Desk;
  readonly tokens: Tokens;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

/** The API without the network: who asks, how often, and what is answered. */
export interface Api {
  /** Never throws: what goes wrong is a reply too. */
  answer(method: string, request: ApiRequest): ApiReply;
  /** Requests by kind; `limited` ones were refused with 429, and are among the others too. */
  requests(): Readonly<Record<RequestKind | 'limited', number>>;
}

const TOKEN_PATH = '/v2/oauth2/token';
/** Of a request's body, in bytes ("Request size" of the old API). */
const BODY_LIMIT = 100 * 1_024;

export function createApi(tools: ApiTools): Api {
  const { desk, tokens, clock, random, logger } = tools;
  const spend = createRateLimit(desk.dials, clock);
  const counts = { token: 0, list: 0, read: 0, write: 0, limited: 0 };

  function serve(method: string, request: ApiRequest): ApiReply {
    if (request.body.length > BODY_LIMIT) throw new ApiError(413, 'Payload Too Large');
    if (request.url.pathname === TOKEN_PATH) return issue(method, request, tokens);
    tokens.check(request.headers.authorization);
    const { allowed, headers } = spend(method === 'GET' ? 1 : 2);
    if (!allowed) counts.limited += 1;
    const reply = allowed ? attempt(() => route(desk, method, request)) : failure(tooMany());
    return { ...reply, headers: { ...headers, ...reply.headers } };
  }

  function attempt(work: () => ApiReply): ApiReply {
    try {
      return work();
    } catch (error) {
      return failure(error);
    }
  }

  function failure(error: unknown): ApiReply {
    if (error instanceof OAuthError) {
      const { status, code, message } = error;
      return { status, body: { error: code, error_description: message } };
    }
    if (!(error instanceof ApiError)) {
      logger.error({ error: messageOf(error) }, 'sandbox: the helpdesk failed by itself');
    }
    const known = error instanceof ApiError ? error : new ApiError(500, 'Internal Server Error');
    const logRef = Buffer.from(random.bytes(16)).toString('hex');
    const headers = { ...known.headers, 'Content-Type': 'application/vnd.error+json' };
    return { status: known.status, headers, body: errorBody(known, logRef) };
  }

  return {
    requests: () => ({ ...counts }),
    answer(method, request) {
      counts[kindOf(method, request.url.pathname)] += 1;
      return attempt(() => serve(method, request));
    },
  };
}

/** What a request is for. */
export function kindOf(method: string, path: string): RequestKind {
  if (path === TOKEN_PATH) return 'token';
  if (method !== 'GET') return 'write';
  return /^\/v2\/conversations\/?$/.test(path) ? 'list' : 'read';
}

function tooMany(): ApiError {
  return new ApiError(429, 'Too Many Requests');
}

function issue(method: string, request: ApiRequest, tokens: Tokens): ApiReply {
  if (method !== 'POST') {
    throw new ApiError(405, 'Method Not Allowed', { headers: { Allow: 'POST' } });
  }
  const headers = { 'Cache-Control': 'no-store', 'Content-Type': 'application/json' };
  return { status: 200, headers, body: tokens.issue(fieldsOf(request)) };
}

/** The fields of a token request: query, form or JSON, "all accepted". */
function fieldsOf({ url, headers, body }: ApiRequest): URLSearchParams {
  const fields = new URLSearchParams(url.searchParams);
  const type = headers['content-type'] ?? '';
  const text = body.toString('utf8');
  if (/^application\/x-www-form-urlencoded\b/i.test(type)) {
    for (const [name, value] of new URLSearchParams(text)) fields.set(name, value);
  } else if (/^application\/json\b/i.test(type)) {
    for (const [name, value] of jsonFields(text)) fields.set(name, value);
  }
  return fields;
}

function jsonFields(text: string): readonly (readonly [string, string])[] {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null) return [];
    return Object.entries(value).flatMap(([name, field]) =>
      typeof field === 'string' ? [[name, field] as const] : [],
    );
  } catch {
    return [];
  }
}
