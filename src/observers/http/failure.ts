import * as z from 'zod';
import type { Clock } from '../../base/clock.ts';
import { MonitorError, messageOf, type Reason } from '../../base/errors.ts';
import { redact, type Secret } from '../../base/secret.ts';
import type { HttpReply } from './exchange.ts';

const TLS_CODE =
  /^(?:ERR_TLS|ERR_SSL|CERT_|CRL_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO|HOSTNAME_MISMATCH|INVALID_CA|INVALID_PURPOSE|EPROTO$)/;
const LONGEST_TEXT = 200;
/** What a service asks for beyond this is taken for a mistake: it would make us blind for no reason. */
const LONGEST_WISH_MS = 3_600_000;
/** A 429 that does not say for how long: the windows of rate limits are a minute. */
export const UNSAID_WISH_MS = 60_000;

/** No reply came: as an error that an operator can act on, on one line, without secrets. Bugs come back as they are. */
export function failureOfExchange(
  error: unknown,
  context: { readonly what: string; readonly secrets: readonly Secret[] },
): Error {
  if (error instanceof MonitorError) return error;
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (error instanceof Error && code === '') return error;
  const { lead, reason } = classify(code);
  const detail = oneLine(redact(messageOf(error), context.secrets));
  // no cause: Node's errors repeat the request, its headers included
  return new MonitorError(`${context.what}: ${lead}: ${detail}`, {
    reason,
    retryable: reason !== 'tls',
  });
}

function classify(code: string): { readonly lead: string; readonly reason: Reason } {
  if (TLS_CODE.test(code)) return { lead: 'no TLS', reason: 'tls' };
  if (code.startsWith('HPE_')) return { lead: 'this is not HTTP', reason: 'bad-reply' };
  if (code === 'ETIMEDOUT') return { lead: 'no answer', reason: 'timeout' };
  return { lead: 'no connection', reason: 'unreachable' };
}

/** A reply whose status says no. */
export function failureOfStatus(
  reply: HttpReply,
  context: {
    readonly what: string;
    readonly secrets: readonly Secret[];
    readonly clock: Clock;
  },
): MonitorError {
  const { status } = reply;
  const { reason, retryable } = meaningOf(status);
  const words = oneLine(redact(wordsOf(reply.body), context.secrets));
  const wish = retryAfterMs(reply, context.clock);
  const retryAfter = reason === 'rate-limited' ? (wish ?? UNSAID_WISH_MS) : wish;
  return new MonitorError(`${context.what} answered ${status}${words && ` (${words})`}`, {
    reason,
    retryable,
    ...(retryAfter === undefined ? {} : { retryAfterMs: retryAfter }),
  });
}

function meaningOf(status: number): { readonly reason: Reason; readonly retryable: boolean } {
  if (status === 401 || status === 403) return { reason: 'auth', retryable: false };
  if (status === 404 || status === 410) return { reason: 'config', retryable: false };
  if (status === 429) return { reason: 'rate-limited', retryable: true };
  if (status === 408 || status === 504) return { reason: 'timeout', retryable: true };
  if (status >= 500) return { reason: 'unreachable', retryable: true };
  if (status >= 400) return { reason: 'refused', retryable: false };
  return { reason: 'bad-reply', retryable: true };
}

const ErrorBody = z.looseObject({
  message: z.string().catch(''),
  error: z.string().catch(''),
  error_description: z.string().catch(''),
});

/** What a service says in the usual fields of an error; a page of HTML says nothing. */
function wordsOf(body: string): string {
  const fields = ErrorBody.safeParse(parseJson(body)).data;
  return [fields?.error, fields?.error_description, fields?.message].filter(Boolean).join(': ');
}

export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/**
 * For how long the other side does not want to be asked, in milliseconds:
 * `X-RateLimit-Retry-After` in seconds, or `Retry-After` in seconds or as a
 * date (RFC 9110 section 10.2.3), which is on the other side's clock. At most
 * an hour; undefined where nothing readable is said.
 */
export function retryAfterMs(reply: HttpReply, clock: Clock): number | undefined {
  const said = reply.headers['x-ratelimit-retry-after'] ?? reply.headers['retry-after'];
  if (said === undefined) return undefined;
  const text = said.trim();
  if (/^\d+(?:\.\d+)?$/.test(text)) return Math.min(LONGEST_WISH_MS, Number(text) * 1_000);
  const until = /[a-z]{3}/i.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(until)) return undefined;
  const theirs = Date.parse(reply.headers.date ?? '');
  const wish = until - (Number.isNaN(theirs) ? clock.now() : theirs);
  return Math.min(LONGEST_WISH_MS, Math.max(0, wish));
}

function oneLine(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length > LONGEST_TEXT ? `${line.slice(0, LONGEST_TEXT)}...` : line;
}
