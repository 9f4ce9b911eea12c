import type { Clock } from '../../base/clock.ts';
import { tokenAuthorization, type KnownAuthorization } from '../http/authorization.ts';
import type { Http } from '../http/http.ts';
import type { HelpscoutConfig } from './config.ts';

/** How we log in, and what must be kept out of every text for it. */
export type Login = KnownAuthorization;

/** OAuth 2.0 client credentials at the API's own host; a token lives two days, less when somebody revokes it. */
export function createLogin(
  config: Pick<HelpscoutConfig, 'url' | 'appId' | 'appSecret'>,
  http: Pick<Http, 'postToken'>,
  clock: Clock,
): Login {
  const client = {
    tokenUrl: `${config.url.href.replace(/\/$/, '')}/v2/oauth2/token`,
    clientId: config.appId,
    clientSecret: config.appSecret,
    refreshToken: undefined,
    scope: undefined,
  };
  return tokenAuthorization(client, http, clock);
}
