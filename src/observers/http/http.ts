import type * as z from 'zod';
import type { Clock } from '../../base/clock.ts';
import { MonitorError } from '../../base/errors.ts';
import type { TokenAnswer, TokenPost, TokenPostOptions } from '../../base/oauth2.ts';
import { redact, type Secret } from '../../base/secret.ts';
import type { Interval } from '../../domain/latency.ts';
import type { Budget } from './budget.ts';
import { createCourier, type Courier, type HttpCall, type HttpOptions } from './courier.ts';
import { BodyTooLarge, type HttpReply } from './exchange.ts';
import { failureOfStatus, parseJson, retryAfterMs } from './failure.ts';

/** The manners of all observers that speak HTTP: one host, one deadline a request, a budget, no retries. */
export interface Http {
  /** @throws MonitorError when no answer came in time, or its status says no. */
  call(call: HttpCall, signal: AbortSignal): Promise<HttpReply>;
  /** As `call`; the body in the form of a schema. @throws MonitorError `bad-reply` when it has another. */
  json<T extends z.ZodType>(call: HttpCall, schema: T, signal: AbortSignal): Promise<z.output<T>>;
  /** For access tokens: the same manners at the same host. */
  readonly postToken: TokenPost;
  /** The host's clock minus ours, in milliseconds. */
  offset(): Interval | undefined;
  readonly budget: Pick<Budget, 'remaining' | 'lastSaid' | 'lastLimit'>;
  /** Requests made so far, failed ones too. */
  requests(): number;
  close(): void;
}

const REDIRECTS = [301, 302, 303, 307, 308];
const MOST_REDIRECTS = 3;

export function createHttp(options: HttpOptions): Http {
  const { baseUrl, clock } = options;
  const what = baseUrl.host;
  const courier = createCourier(options);

  /** A token that is not taken any more is renewed, once: it may have been revoked before its time. */
  async function sendAuthorized(call: HttpCall, url: URL, signal: AbortSignal): Promise<HttpReply> {
    const reply = await courier.send(call, url, signal);
    if (reply.status !== 401 || call.authorization === undefined) return reply;
    return call.authorization.renew() ? courier.send(call, url, signal) : reply;
  }

  async function call(wish: HttpCall, signal: AbortSignal): Promise<HttpReply> {
    let url = new URL(`${baseUrl.href.replace(/\/$/, '')}${wish.path}`);
    for (let redirects = 0; ; redirects += 1) {
      const reply = await sendAuthorized(wish, url, signal);
      const { status } = reply;
      if ((status >= 200 && status < 300) || wish.allow?.includes(status) === true) return reply;
      const isFollowed = REDIRECTS.includes(status) && (wish.method ?? 'GET') === 'GET';
      if (!isFollowed) throw failureOfStatus(reply, { what, secrets: options.secrets(), clock });
      if (redirects === MOST_REDIRECTS) throw badReply(`${what} redirects without end`);
      url = redirectTarget(reply, url);
    }
  }

  return {
    call,
    async json(wish, schema, signal) {
      const reply = await call(wish, signal);
      const parsed = schema.safeParse(parseJson(reply.body));
      if (parsed.success) return parsed.data;
      const at = parsed.error.issues[0]?.path.join('.') ?? '';
      throw badReply(`${what}: ${pathOf(wish)} has another form than expected${at && ` at ${at}`}`);
    },
    postToken: (url, form, told) => postToken(courier, { url, form, clock }, told),
    offset: () => courier.offsets.offset(),
    budget: courier.budget,
    requests: () => courier.requests(),
    close: () => courier.close(),
  };
}

/** The form of the token endpoint, with its secrets kept out of what may be thrown. */
async function postToken(
  courier: Courier,
  {
    url,
    form,
    clock,
  }: { readonly url: string; readonly form: URLSearchParams; readonly clock: Clock },
  { signal, secrets }: TokenPostOptions,
): Promise<TokenAnswer> {
  const body = { type: 'application/x-www-form-urlencoded', text: form.toString() };
  try {
    const reply = await courier.send({ method: 'POST', path: '', body }, new URL(url), signal);
    const wish = retryAfterMs(reply, clock);
    const retryAfter = wish === undefined ? null : String(wish / 1_000);
    return { status: reply.status, retryAfter, text: reply.body };
  } catch (error) {
    throw redacted(error, secrets);
  }
}

/** Credentials are for this host only. */
function redirectTarget(reply: HttpReply, from: URL): URL {
  const location = reply.headers.location ?? '';
  if (location === '' || !URL.canParse(location, from.href)) {
    throw badReply(`${from.host} redirects to nowhere`);
  }
  const target = new URL(location, from);
  if (target.origin === from.origin) return target;
  throw badReply(`${from.host} redirects to another host, which would get our credentials`);
}

/** Without the query, which may hold what people wrote. */
function pathOf(call: HttpCall): string {
  return call.path.replace(/\?.*$/s, '');
}

function redacted(error: unknown, secrets: readonly Secret[]): unknown {
  if (!(error instanceof MonitorError) || error instanceof BodyTooLarge) return error;
  const { reason, retryable, retryAfterMs: wish } = error;
  return new MonitorError(redact(error.message, secrets), {
    reason,
    retryable,
    ...(wish === undefined ? {} : { retryAfterMs: wish }),
  });
}

function badReply(message: string): MonitorError {
  return new MonitorError(message, { reason: 'bad-reply', retryable: true });
}
