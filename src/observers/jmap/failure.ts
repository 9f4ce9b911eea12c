import { MonitorError, type MonitorErrorOptions } from '../../base/errors.ts';

const KINDS: Readonly<Record<string, MonitorErrorOptions>> = {
  accountNotFound: { reason: 'config', retryable: false },
  accountNotSupportedByMethod: { reason: 'config', retryable: false },
  forbidden: { reason: 'auth', retryable: false },
  accountReadOnly: { reason: 'auth', retryable: false },
  rateLimit: { reason: 'rate-limited', retryable: true },
  requestTooLarge: { reason: 'refused', retryable: true },
  serverUnavailable: { reason: 'refused', retryable: true },
  serverFail: { reason: 'refused', retryable: true },
  serverPartialFail: { reason: 'refused', retryable: true },
};

/** A call that the server did not carry out, by the type of its error (RFC 8620 sections 3.6.2 and 5). */
export function failureOfCall(what: string, call: string, type: string): MonitorError {
  const options = KINDS[type] ?? { reason: 'bad-reply', retryable: true };
  return new MonitorError(`${what}: ${call} failed: ${type.slice(0, 100)}`, options);
}

export function badReply(message: string): MonitorError {
  return new MonitorError(message, { reason: 'bad-reply', retryable: true });
}

export function badConfig(message: string): MonitorError {
  return new MonitorError(message, { reason: 'config', retryable: false });
}
