import { createHash, timingSafeEqual } from 'node:crypto';
import type { Clock, Instant } from '../../base/clock.ts';
import type { Random } from '../../base/random.ts';
import type { Dials } from '../dials.ts';
import { OAuthError } from './errors.ts';

/** The application that may ask for tokens. */
export interface App {
  readonly id: string;
  readonly secret: string;
}

/** Access tokens of OAuth 2.0 client credentials (RFC 6749 section 4.4). */
export interface Tokens {
  /** Answers the reply to a request with these fields. @throws OAuthError */
  issue(fields: URLSearchParams): object;
  /** @throws OAuthError 401 for a missing, unknown, expired or revoked one */
  check(authorization: string | undefined): void;
  /** Every token given out so far is void from now on. */
  revokeAll(): void;
}

export interface TokenTools {
  readonly dials: Dials;
  readonly clock: Clock;
  readonly random: Random;
}

export function createTokens(app: App, tools: TokenTools): Tokens {
  const { dials, clock, random } = tools;
  const expiries = new Map<string, Instant>();
  return {
    issue(fields) {
      const grant = fields.get('grant_type');
      if (grant === null || grant === '') {
        throw new OAuthError(400, 'invalid_request', 'Missing grant type');
      }
      if (grant !== 'client_credentials') {
        throw new OAuthError(400, 'unsupported_grant_type', `Unsupported grant type: ${grant}`);
      }
      const id = fields.get('client_id') ?? '';
      const secret = fields.get('client_secret') ?? '';
      if (id !== app.id || !isSame(secret, app.secret)) {
        throw new OAuthError(401, 'invalid_client', 'Bad client credentials');
      }
      const token = Buffer.from(random.bytes(24)).toString('hex');
      const lifeMs = dials.read().helpdesk.token;
      expiries.set(token, clock.now() + lifeMs);
      const expires_in = Math.floor(lifeMs / 1_000);
      return { token_type: 'bearer', access_token: token, expires_in };
    },
    check(authorization) {
      const token = /^Bearer ([\x21-\x7e]+)$/i.exec(authorization ?? '')?.[1];
      if (token === undefined) {
        const said = 'Full authentication is required to access this resource';
        throw new OAuthError(401, 'unauthorized', said);
      }
      const expiry = expiries.get(token);
      if (expiry === undefined) throw new OAuthError(401, 'invalid_token', 'Invalid access token');
      if (clock.now() >= expiry) {
        throw new OAuthError(401, 'invalid_token', 'Access token expired');
      }
    },
    revokeAll: () => expiries.clear(),
  };
}

function isSame(a: string, b: string): boolean {
  const [one, two] = [a, b].map((text) => createHash('sha256').update(text).digest());
  return one !== undefined && two !== undefined && timingSafeEqual(one, two);
}
