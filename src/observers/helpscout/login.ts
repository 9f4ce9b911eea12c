import type { Clock } from '../../base/clock.ts';
import { createAccessTokens } from '../../base/oauth2.ts';
import type { Secret } from '../../base/secret.ts';
import type { Authorization } from '../http/courier.ts';
import type { Http } from '../http/http.ts';
import type { HelpscoutConfig } from './config.ts';

/** How we log in, and what must be kept out of every text for it. */
export interface Login extends Authorization {
  /** The token in use; none before the first. */
  secrets(): readonly Secret[];
}

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
  const tokens = createAccessTokens(client, { clock, post: http.postToken });
  let shown: readonly Secret[] = [];
  return {
    secrets: () => shown,
    async header(signal) {
      const token = await tokens.get(signal);
      shown = [token];
      return `Bearer ${token.reveal()}`;
    },
    renew() {
      tokens.invalidate();
      return true;
    },
  };
}
