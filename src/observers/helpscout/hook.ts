import type { Secret } from '../../base/secret.ts';
import type { TokenKeys } from '../../domain/token.ts';
import type { HookReader } from '../feed/hooks.ts';
import { isMarkedText } from '../feed/judge.ts';
import { parseJson } from '../http/failure.ts';
import type { HookRequest } from '../observer.ts';
import { isSigned, sign, type SignatureScheme } from '../signature.ts';
import { HookPayload } from './reply.ts';

/** Base64 of the HMAC-SHA1 of the raw body. */
const SCHEME: SignatureScheme = {
  header: 'x-helpscout-signature',
  algorithm: 'sha1',
  encoding: 'base64',
};

/** The conversation that a webhook names, where its payload carries a mark of ours. */
export function createHookReader(secret: Secret, keys: TokenKeys): HookReader {
  return (request) => {
    if (!isSigned(request, SCHEME, secret)) return 'bad_signature';
    const text = Buffer.from(request.body).toString('utf8');
    const payload = HookPayload.safeParse(parseJson(text));
    if (!payload.success) return 'malformed';
    const { id } = payload.data;
    // The signature has no time in it: a replay costs one request and changes nothing.
    return id === undefined || !isMarkedText(text, keys) ? [] : [id];
  };
}

/** As Help Scout would sign it, about no conversation of ours. */
export function createTestHook(secret: Secret): HookRequest {
  return sign(Buffer.from('{}'), SCHEME, secret);
}
