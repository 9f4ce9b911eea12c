import { createHash, timingSafeEqual } from 'node:crypto';
import type { RequestHandler } from 'express';
import type { Secret } from '../base/secret.ts';
import { HttpError } from './errors.ts';

const CHALLENGE = 'Basic realm="mailcanary", charset="UTF-8", Bearer realm="mailcanary"';

/** Where a token is configured, lets nobody in without it; else lets everybody read. */
export function guardReading(accessToken: Secret | undefined): RequestHandler {
  return (request, response, next) => {
    if (accessToken !== undefined && !isTokenIn(request.headers.authorization, accessToken)) {
      response.set('WWW-Authenticate', CHALLENGE);
      throw new HttpError(401, 'auth', 'the access token is missing or wrong');
    }
    next();
  };
}

/**
 * Commands need a token; and they must not come from another site's page, since
 * browsers add a remembered Basic password to a foreign form's POST as well.
 */
export function guardCommands(accessToken: Secret | undefined): RequestHandler {
  return (request, _response, next) => {
    if (accessToken === undefined) {
      throw new HttpError(
        403,
        'forbidden',
        'commands need an access token: write server.access_token or access_token_file in mailcanary.yaml, and restart',
      );
    }
    const { origin, host } = request.headers;
    if (!isOwnPage(origin, host) || !isSameSite(request.get('sec-fetch-site'))) {
      throw new HttpError(403, 'forbidden', "commands are not taken from another site's page");
    }
    next();
  };
}

function isOwnPage(origin: string | undefined, host: string | undefined): boolean {
  if (origin === undefined) return true; // no browser sends a cross-site POST without it
  return URL.canParse(origin) && new URL(origin).host === host?.toLowerCase();
}

function isSameSite(site: string | undefined): boolean {
  return site === undefined || site === 'same-origin' || site === 'none';
}

/** Whether an Authorization header holds the token: `Bearer TOKEN`, or Basic with any user name. */
function isTokenIn(header: string | undefined, accessToken: Secret): boolean {
  const given = credentialOf(header);
  return given !== undefined && isSame(given, accessToken.reveal());
}

function credentialOf(header: string | undefined): string | undefined {
  const [, scheme, value] = /^(bearer|basic) +(\S+)$/i.exec(header ?? '') ?? [];
  if (scheme === undefined || value === undefined) return undefined;
  if (scheme.toLowerCase() === 'bearer') return value;
  const pair = Buffer.from(value, 'base64').toString();
  const colon = pair.indexOf(':');
  return colon === -1 ? undefined : pair.slice(colon + 1);
}

/** In constant time, lengths hidden by the hash. */
function isSame(a: string, b: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}
