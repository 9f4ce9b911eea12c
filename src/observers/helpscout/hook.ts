import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Secret } from '../../base/secret.ts';
import type { TokenKeys } from '../../domain/token.ts';
import type { HookReader } from '../feed/hooks.ts';
import { isMarkedText } from '../feed/judge.ts';
import { parseJson } from '../http/failure.ts';
import type { HookRequest } from '../observer.ts';
import { HookPayload } from './reply.ts';

/** The conversation that a webhook names, where its payload carries a mark of ours. */
export function createHookReader(secret: Secret, keys: TokenKeys): HookReader {
  return ({ headers, body }) => {
    if (!isSigned(body, headers['x-helpscout-signature'] ?? '', secret)) return 'bad_signature';
    const text = Buffer.from(body).toString('utf8');
    const payload = HookPayload.safeParse(parseJson(text));
    if (!payload.success) return 'malformed';
    const { id } = payload.data;
    // The signature has no time in it: a replay costs one request and changes nothing.
    return id === undefined || !isMarkedText(text, keys) ? [] : [id];
  };
}

/** As Help Scout would sign it, about no conversation of ours. */
export function createTestHook(secret: Secret): HookRequest {
  const body = Buffer.from('{}');
  return { headers: { 'x-helpscout-signature': signatureOf(body, secret) }, body };
}

/** `X-HelpScout-Signature`: base64 of the HMAC-SHA1 of the raw body. */
export function signatureOf(body: Uint8Array, secret: Secret): string {
  return createHmac('sha1', secret.reveal()).update(body).digest('base64');
}

function isSigned(body: Uint8Array, signature: string, secret: Secret): boolean {
  const expected = Buffer.from(signatureOf(body, secret));
  const said = Buffer.from(signature.trim());
  return said.length === expected.length && timingSafeEqual(said, expected);
}
