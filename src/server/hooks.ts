import express, { type Express, type Request, type RequestHandler } from 'express';
import type { Clock, Instant } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import type { HookAnswer, TakeHook } from '../engine/hooks.ts';
import { logAccess } from './access-log.ts';
import { handleErrors, handleMissing, HttpError, notFound } from './errors.ts';
import type { Server } from './server.ts';
import type { HookSettings } from './settings.ts';
import { createSocket, drain, listen } from './socket.ts';

export interface HookParts {
  readonly config: HookSettings;
  /** By observer. */
  readonly takers: ReadonlyMap<string, TakeHook>;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * Webhooks on a socket of their own, so that a helpdesk in the internet reaches nothing else of the
 * monitor. `POST base_path/OBSERVER`, and the observer checks who signed it: the access token, which
 * helpdesks cannot send, has no part in it.
 */
export function createHookServer(parts: HookParts): Server {
  const http = createSocket(createHookSite(parts));
  let stopping: Promise<void> | undefined;
  return {
    start: () => listen(http, parts.config.listen, parts.logger),
    stop() {
      stopping ??= drain(http, () => Promise.resolve(), parts.clock);
      return stopping;
    },
  };
}

/** A whole conversation of a helpdesk, with the bodies of a few mails. */
const LARGEST_BODY = '256kb';

function createHookSite(parts: HookParts): Express {
  const { config, logger } = parts;
  const site = express();
  site.disable('x-powered-by');
  site.set('query parser', 'simple');
  const routes = express.Router({ caseSensitive: true });
  // Signatures are over the bytes as they came; compressed ones would be signed in an unknown form.
  const readBody = express.raw({ limit: LARGEST_BODY, type: () => true, inflate: false });
  routes.use(logAccess(logger));
  routes.post(`${config.basePath}/:observer`, admit(parts), readBody, handOver(parts));
  routes.use(handleMissing);
  site.use(handleErrors(routes, logger));
  return site;
}

/** Before the body is read: is there anybody to hand it to, and not too much of it. */
function admit({ takers, clock }: HookParts): RequestHandler {
  const allowances = new Map([...takers.keys()].map((name) => [name, createAllowance(clock)]));
  return (request, response, next) => {
    const allowance = allowances.get(nameIn(request));
    if (allowance === undefined) throw notFound('no observer of this name takes webhooks');
    if (!allowance.take()) {
      response.set('Retry-After', '1');
      throw new HttpError(429, 'rate-limited', 'too many webhooks at once');
    }
    next();
  };
}

const REFUSALS: Readonly<Record<Exclude<HookAnswer, 'taken'>, HttpError>> = {
  bad_signature: new HttpError(401, 'auth', 'the signature is not that of webhook_secret'),
  malformed: new HttpError(400, 'bad-request', 'the body is not what this webhook sends'),
};

function handOver({ takers, logger }: HookParts): RequestHandler {
  return (request, response) => {
    const observer = nameIn(request);
    const body: unknown = request.body;
    // Without any body the parser leaves something else.
    const bytes = Buffer.isBuffer(body) ? body : Buffer.alloc(0);
    const answer = takers.get(observer)?.({ headers: flat(request), body: bytes });
    if (answer === undefined) throw notFound('no observer of this name takes webhooks');
    if (answer !== 'taken') {
      logger.warn({ observer, answer, bytes: bytes.length }, 'a webhook was refused');
      throw REFUSALS[answer];
    }
    response.status(204).end();
  };
}

function nameIn({ params }: Request): string {
  const { observer } = params;
  return typeof observer === 'string' ? observer : '';
}

/** A header that came several times is joined, as RFC 9110 section 5.3 has it. */
function flat({ headers }: Request): Readonly<Record<string, string | undefined>> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.join(', ') : value,
    ]),
  );
}

interface Allowance {
  /** Whether one more is allowed now. */
  take(): boolean;
}

/** A burst of a busy helpdesk's mails; then ten a second, which is more than any helpdesk's limit. */
const BURST = 200;
const PER_MS = 10 / 1_000;

/** Unsigned requests count as well: checking a signature is what costs. */
function createAllowance(clock: Clock): Allowance {
  let left = BURST;
  let at: Instant = clock.now();
  return {
    take() {
      const now = clock.now();
      left = Math.min(BURST, left + (now - at) * PER_MS);
      at = now;
      if (left < 1) return false;
      left -= 1;
      return true;
    },
  };
}
