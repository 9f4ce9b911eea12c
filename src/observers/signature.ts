import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Secret } from '../base/secret.ts';
import type { HookRequest } from './observer.ts';

/** How a webhook shows who sent it: an HMAC of the raw body in a header. */
export interface SignatureScheme {
  /** In lower case. */
  readonly header: string;
  readonly algorithm: 'sha1' | 'sha256';
  readonly encoding: 'hex' | 'base64';
}

/** A request as the owner of the secret would send it. */
export function sign(body: Uint8Array, scheme: SignatureScheme, secret: Secret): HookRequest {
  const { header, algorithm, encoding } = scheme;
  const hmac = createHmac(algorithm, secret.reveal()).update(body);
  const headers = { [header]: hmac.digest(encoding), 'content-type': 'application/json' };
  return { headers, body };
}

/**
 * Whether the body was signed with the secret; compared in constant time. `sha256=` or `sha1=` before
 * the value may stand or be missing; hexadecimal may be in upper case. No scheme has a time in it, so a
 * request can be replayed.
 */
export function isSigned(
  { headers, body }: HookRequest,
  scheme: SignatureScheme,
  secret: Secret,
): boolean {
  const { algorithm, encoding } = scheme;
  const bare = (headers[scheme.header] ?? '').trim().replace(`${algorithm}=`, '');
  const said = Buffer.from(encoding === 'hex' ? bare.toLowerCase() : bare);
  const hmac = createHmac(algorithm, secret.reveal()).update(body);
  const expected = Buffer.from(hmac.digest(encoding));
  return said.length === expected.length && timingSafeEqual(said, expected);
}
