import type { Secret } from '../../base/secret.ts';
import type { Authorization } from '../http/courier.ts';
import type { JmapConfig } from './config.ts';

/** How we log in, and what must be kept out of every text for it. */
export interface Login extends Authorization {
  secrets(): readonly Secret[];
}

/** Basic (RFC 7617) or Bearer (RFC 6750); a secret in a file is read again when it is refused. */
export function createLogin({
  user = '',
  password,
  token,
}: Pick<JmapConfig, 'user' | 'password' | 'token'>): Login {
  const known = [password, token].filter((secret) => secret !== undefined);
  return {
    secrets: () => known,
    header() {
      if (token !== undefined) return Promise.resolve(`Bearer ${token.reveal()}`);
      const pair = Buffer.from(`${user}:${password?.reveal() ?? ''}`).toString('base64');
      return Promise.resolve(`Basic ${pair}`);
    },
    renew: () => known.map((secret) => secret.refresh()).includes(true),
  };
}
