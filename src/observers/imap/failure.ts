import * as z from 'zod';
import { MonitorError, messageOf, type MonitorErrorOptions } from '../../base/errors.ts';
import { redact, type Secret } from '../../base/secret.ts';

const Text = z.string().optional().catch(undefined);

/** What imapflow and Node hang on their errors; any of it may be missing. */
const ClientError = z.object({
  code: Text,
  responseStatus: Text,
  responseText: Text,
  serverResponseCode: Text,
  response: Text,
  /** The text of the server's BYE. */
  reason: Text,
  authenticationFailed: z.boolean().optional().catch(undefined),
  tlsFailed: z.boolean().optional().catch(undefined),
  mailboxMissing: z.boolean().optional().catch(undefined),
  throttleReset: z.number().nonnegative().optional().catch(undefined),
});
type ClientError = z.output<typeof ClientError>;

export interface FailureContext {
  /** Who it is about, for the message: `mail.example.com:993`. */
  readonly server: string;
  readonly secrets: readonly Secret[];
}

/** RFC 5530 codes, and what Dovecot, Gmail and Microsoft write instead of one. */
const LIMIT_CODES = ['LIMIT', 'INUSE', 'THROTTLED', 'OVERQUOTA'];
const LIMIT_TEXT =
  /too many|maximum number of connections|connection limit|rate limit|throttl|bandwidth|exceeded/i;
const TIMEOUT_CODE = /^(?:ETIMEDOUT|ETIMEOUT|(?:CONNECT|GREETING|UPGRADE)_TIMEOUT)$/;
const TLS_CODE =
  /^(?:ERR_TLS|ERR_SSL|CERT_|CRL_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO|HOSTNAME_MISMATCH|INVALID_CA|INVALID_PURPOSE|EPROTO$|STARTTLS_INJECTION)/;
const CONNECTION_CODE =
  /^(?:NoConnection|EConnectionClosed|StateLogout|ClosedAfterConnect\w+|E[A-Z]+|EAI_\w+)$/;
const LONGEST_TEXT = 200;

/**
 * An error of the client library as one an operator can act on; the message is
 * one line without secrets. What is no failure of the outside world but a bug
 * (TypeError and its like) is handed back as it is.
 */
export function explain(error: unknown, context: FailureContext): Error {
  if (error instanceof MonitorError || isBug(error)) return error;
  const parsed = ClientError.safeParse(error);
  const facts: ClientError = parsed.success ? parsed.data : {};
  const said = facts.responseText ?? facts.response ?? facts.reason;
  const { lead, options } = classify(facts, said);
  const detail = said === undefined || said === '' ? messageOf(error) : said;
  // no cause: the library's error repeats commands and replies, secrets included
  return new MonitorError(`${context.server}: ${lead}${oneLine(detail, context)}`, options);
}

/** As {@link explain}. @throws what is our own bug */
export function known(error: unknown, server: string): MonitorError {
  const failure = explain(error, { server, secrets: [] });
  if (failure instanceof MonitorError) return failure;
  throw failure;
}

export function stopped(server: string): MonitorError {
  return new MonitorError(`${server} was not asked to the end`, {
    reason: 'aborted',
    retryable: true,
  });
}

interface Kind {
  readonly lead: string;
  readonly options: MonitorErrorOptions;
}

function classify(facts: ClientError, said: string | undefined): Kind {
  const code = facts.code ?? '';
  const limited =
    LIMIT_CODES.includes(facts.serverResponseCode ?? '') || LIMIT_TEXT.test(said ?? '');
  if (code === 'ETHROTTLE' || limited) return rateLimited(facts.throttleReset);
  if (facts.tlsFailed === true || TLS_CODE.test(code)) return kind('no TLS: ', 'tls', false);
  if (facts.authenticationFailed === true) return authFailed(facts);
  if (facts.mailboxMissing === true || code === 'NotFound')
    return kind('no such folder: ', 'config', false);
  if (TIMEOUT_CODE.test(code)) return kind('no answer: ', 'timeout', true);
  if (facts.responseStatus === 'NO' || facts.responseStatus === 'BAD')
    return kind('the server refused: ', 'refused', true);
  if (CONNECTION_CODE.test(code)) return kind('no connection: ', 'unreachable', true);
  return kind('an answer that makes no sense: ', 'bad-reply', true);
}

function authFailed(facts: ClientError): Kind {
  // RFC 5530: a subsystem is down, the credentials may well be right
  if (facts.serverResponseCode === 'UNAVAILABLE')
    return kind('the server cannot check the login now: ', 'refused', true);
  return kind('the server does not take the login: ', 'auth', false);
}

function rateLimited(retryAfterMs: number | undefined): Kind {
  const options = { reason: 'rate-limited', retryable: true } as const;
  return {
    lead: 'the server wants to be asked less often: ',
    options: retryAfterMs === undefined ? options : { ...options, retryAfterMs },
  };
}

function kind(lead: string, reason: MonitorErrorOptions['reason'], retryable: boolean): Kind {
  return { lead, options: { reason, retryable } };
}

function isBug(error: unknown): error is Error {
  return (
    (error instanceof TypeError && !('code' in error)) ||
    error instanceof ReferenceError ||
    error instanceof SyntaxError
  );
}

function oneLine(text: string, context: FailureContext): string {
  const line = redact(text, context.secrets).replace(/\s+/g, ' ').trim();
  return line.length > LONGEST_TEXT ? `${line.slice(0, LONGEST_TEXT)}...` : line;
}
