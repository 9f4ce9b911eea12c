import type { IncomingMessage, ServerResponse } from 'node:http';
import { pino } from 'pino';
import { pinoHttp } from 'pino-http';
import type { Logger } from '../base/logger.ts';
import { withoutTokens } from './send.ts';

const LONGEST_PATH = 200;
/** Asked every few seconds by machines. */
const QUIET = /^\/(?:healthz|readyz|metrics|assets\/.*)$/;

/**
 * One line a request: never a query, a header or a body, since those may hold
 * secrets. pino-http insists on a pino; its hook hands each line on to ours.
 */
export function logAccess(logger: Logger) {
  const bridge = pino({
    level: 'debug',
    base: null,
    hooks: {
      logMethod([fields, message], _method, level) {
        const said: unknown = message;
        if (typeof fields !== 'object' || fields === null || typeof said !== 'string') return;
        logger[level >= 40 ? 'warn' : level >= 30 ? 'info' : 'debug'](fields, said);
      },
    },
  });
  return pinoHttp({
    logger: bridge,
    quietReqLogger: true,
    autoLogging: { ignore: (request) => QUIET.test(pathOf(request)) },
    customLogLevel: levelOf,
    customSuccessMessage: () => 'request answered',
    customErrorMessage: () => 'request failed',
    customSuccessObject: describe,
    customErrorObject: describe,
  });
}

function levelOf(request: IncomingMessage, response: ServerResponse): 'debug' | 'info' | 'warn' {
  if (response.statusCode >= 500 || response.statusCode === 401) return 'warn';
  return request.method === 'POST' ? 'info' : 'debug';
}

/** The fields come last; of a failure, its error comes before them and stays out of the line. */
function describe(
  request: IncomingMessage,
  response: ServerResponse,
  ...said: readonly unknown[]
): object {
  const value = said.at(-1);
  const hasTime = typeof value === 'object' && value !== null && 'responseTime' in value;
  return {
    method: request.method,
    path: pathOf(request),
    status: response.statusCode,
    ms: hasTime ? value.responseTime : null,
    from: request.socket.remoteAddress,
  };
}

function pathOf(request: IncomingMessage & { readonly originalUrl?: string }): string {
  const url = request.originalUrl ?? request.url ?? '';
  return withoutTokens(url.replace(/\?.*$/s, '')).slice(0, LONGEST_PATH);
}
