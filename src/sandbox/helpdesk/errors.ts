/** One thing that is wrong with a request. */
export interface Violation {
  readonly path: string;
  readonly message: string;
  readonly rejectedValue?: unknown;
  readonly source: 'JSON' | 'QUERY' | 'PATH';
}

const ABOUT = 'http://developer.helpscout.net/mailbox-api/overview/errors';

/** What a request is answered with instead of what it asked for. */
export class ApiError extends Error {
  readonly status: number;
  readonly violations: readonly Violation[];
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    status: number,
    message: string,
    more: {
      readonly violations?: readonly Violation[];
      readonly headers?: Readonly<Record<string, string>>;
    } = {},
  ) {
    super(message);
    this.status = status;
    this.violations = more.violations ?? [];
    this.headers = more.headers ?? {};
  }
}

/** 400 with what is wrong. */
export function badRequest(...violations: readonly Violation[]): ApiError {
  return new ApiError(400, 'Bad request', { violations });
}

export function notFound(): ApiError {
  return new ApiError(404, 'Not Found');
}

/**
 * The body of an error (developer.helpscout.com/mailbox-api/overview/errors),
 * served as application/vnd.error+json. The fragment of `about` is left out: it
 * names a rule and clients cannot rely on it.
 */
export function errorBody(error: ApiError, logRef: string): object {
  const about = { about: { href: ABOUT } };
  const errors = error.violations.map((violation) => ({ ...violation, _links: about }));
  return {
    logRef,
    message: error.message,
    ...(errors.length === 0 ? {} : { _embedded: { errors } }),
    _links: about,
  };
}

/** An error of OAuth 2.0 (RFC 6749 section 5.2, RFC 6750 section 3.1), which has a shape of its own. */
export class OAuthError extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, description: string) {
    super(description);
    this.status = status;
    this.code = code;
  }
}
