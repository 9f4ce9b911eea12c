import type { Clock } from '../../base/clock.ts';
import { createAccessTokens, type OAuth2Client } from '../../base/oauth2.ts';
import type { Secret } from '../../base/secret.ts';
import type { Authorization } from './courier.ts';
import type { Http } from './http.ts';

/** An authorization that tells what must be kept out of every text for it. */
export interface KnownAuthorization extends Authorization {
  secrets(): readonly Secret[];
}

/** OAuth 2.0 access tokens, asked for through the same client as everything else. */
export function tokenAuthorization(
  client: OAuth2Client,
  http: Pick<Http, 'postToken'>,
  clock: Clock,
): KnownAuthorization {
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

/** A token or password that does not change by itself; its file is read again when it is refused. */
export function fixedAuthorization(
  secret: Secret,
  headerOf: (plain: string) => string,
): KnownAuthorization {
  return {
    secrets: () => [secret],
    header: () => Promise.resolve(headerOf(secret.reveal())),
    renew: () => secret.refresh(),
  };
}
