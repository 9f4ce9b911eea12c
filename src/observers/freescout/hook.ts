import type { Secret } from '../../base/secret.ts';
import type { TokenKeys } from '../../domain/token.ts';
import type { HookReader } from '../feed/hooks.ts';
import { isMarkedText } from '../feed/judge.ts';
import { parseJson } from '../http/failure.ts';
import { isSigned, sign, type SignatureScheme } from '../signature.ts';
import type { HookRequest } from '../observer.ts';
import { HookPayload } from './reply.ts';

const HEADER = 'x-freescout-signature';
/** Which HMAC it is, is documented nowhere; clients of it do as Help Scout's, the first one. All have the same secret. */
const USUAL: SignatureScheme = { header: HEADER, algorithm: 'sha1', encoding: 'base64' };
const SCHEMES: readonly SignatureScheme[] = [
  USUAL,
  { header: HEADER, algorithm: 'sha256', encoding: 'base64' },
  { header: HEADER, algorithm: 'sha1', encoding: 'hex' },
  { header: HEADER, algorithm: 'sha256', encoding: 'hex' },
];

/** The conversation that a webhook names, where its payload carries a mark of ours. */
export function createHookReader(secret: Secret, keys: TokenKeys): HookReader {
  return (request) => {
    const isOurs = SCHEMES.some((scheme) => isSigned(request, scheme, secret));
    if (!isOurs) return 'bad_signature';
    const text = Buffer.from(request.body).toString('utf8');
    const payload = HookPayload.safeParse(parseJson(text));
    if (!payload.success) return 'malformed';
    // The signature has no time in it: a replay costs one request and changes nothing.
    return isMarkedText(text, keys) ? [payload.data.id] : [];
  };
}

/** Signed in the usual way, about no conversation of ours. */
export function createTestHook(secret: Secret): HookRequest {
  return sign(Buffer.from('{"id":"0"}'), USUAL, secret);
}
