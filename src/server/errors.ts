import type { Request, RequestHandler, Response } from 'express';
import { MonitorError, type Reason } from '../base/errors.ts';
import type { Logger } from '../base/logger.ts';
import { sendJson, sendPage } from './send.ts';
import { messagePage } from './views/message-page.ts';

/** An answer that is not a success, with a sentence for the person who asked. */
export class HttpError extends Error {
  override readonly name = 'HttpError';
  readonly status: number;
  /** One word for programs. */
  readonly reason: string;

  constructor(status: number, reason: string, message: string) {
    super(message);
    this.status = status;
    this.reason = reason;
  }
}

export const notFound = (what: string): HttpError => new HttpError(404, 'not-found', what);

export const handleMissing: RequestHandler = () => {
  throw notFound('there is nothing here');
};

/** The one place where a request that failed gets its answer; a bug of ours says no more than that. */
export function handleErrors(routes: RequestHandler, logger: Logger): RequestHandler {
  return async (request, response) => {
    // Settles only when the routes give up; of an answered request it is forgotten.
    const error = await new Promise<unknown>((fail) => {
      void routes(request, response, fail);
    });
    const answer = answerTo(error);
    if (answer === undefined) logger.error({ err: error, path: request.path }, 'a request failed');
    if (response.headersSent) {
      response.destroy(); // half an answer must not look like a whole one
      return;
    }
    respond(request, response, answer ?? new HttpError(500, 'internal', 'this is a bug of ours'));
  };
}

function respond(request: Request, response: Response, error: HttpError): void {
  response.status(error.status);
  if (/^\/(?:api|-)\//.test(request.path) || request.method === 'POST') {
    sendJson(response, { error: { reason: error.reason, message: error.message } });
  } else if (request.accepts(['html', 'text']) === 'html') {
    sendPage(response, messagePage(error.status, error.message));
  } else response.type('text').send(`${error.message}\n`);
}

function answerTo(error: unknown): HttpError | undefined {
  if (error instanceof HttpError) return error;
  if (error instanceof MonitorError) {
    return new HttpError(STATUS_OF_REASON[error.reason] ?? 502, error.reason, error.message);
  }
  return answerToExpress(error);
}

const STATUS_OF_REASON: Readonly<Partial<Record<Reason, number>>> = {
  config: 409,
  ledger: 503,
  aborted: 503,
  timeout: 504,
  'rate-limited': 429,
};

/** What express and its parsers throw, in our words: theirs repeat the input. */
function answerToExpress(error: unknown): HttpError | undefined {
  if (!(error instanceof Error) || !('status' in error)) return undefined;
  switch (error.status) {
    case 400:
      return new HttpError(400, 'bad-request', 'the request cannot be read');
    case 413:
      return new HttpError(413, 'too-large', 'the body is too large');
    case 415:
      return new HttpError(415, 'bad-request', 'the body must be JSON in UTF-8');
    default:
      return undefined;
  }
}
