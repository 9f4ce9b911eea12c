import type { Secret } from '../../base/secret.ts';
import type { TokenKeys } from '../../domain/token.ts';
import type { HookReader } from '../feed/hooks.ts';
import { isMarkedText } from '../feed/judge.ts';
import { parseJson } from '../http/failure.ts';
import { isSigned, sign, type SignatureScheme } from '../signature.ts';
import type { HookRequest } from '../observer.ts';
import { HookPayload } from './reply.ts';

const SCHEME: SignatureScheme = { header: 'x-hub-signature', algorithm: 'sha1', encoding: 'hex' };

/** The ticket that a webhook names, where its payload carries a mark of ours. */
export function createHookReader(secret: Secret, keys: TokenKeys): HookReader {
  return (request) => {
    if (!isSigned(request, SCHEME, secret)) return 'bad_signature';
    const text = Buffer.from(request.body).toString('utf8');
    const payload = HookPayload.safeParse(parseJson(text));
    if (!payload.success) return 'malformed';
    // The signature has no time in it: a replay costs one request and changes nothing.
    return isMarkedText(text, keys) ? [String(payload.data.ticket.id)] : [];
  };
}

/** As Zammad would sign it, about no ticket of ours. */
export function createTestHook(secret: Secret): HookRequest {
  return sign(Buffer.from('{"ticket":{"id":0}}'), SCHEME, secret);
}
