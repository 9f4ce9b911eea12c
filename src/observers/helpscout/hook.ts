import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Secret } from '../../base/secret.ts';
import type { TokenKeys } from '../../domain/token.ts';
import { parseJson } from '../http/failure.ts';
import type { HookAnswer, HookRequest } from '../observer.ts';
import { isMarkedText } from './judge.ts';
import { HookPayload } from './reply.ts';

/** Conversations that webhooks named and no look has read yet. */
export interface HookInbox {
  accept(request: HookRequest): HookAnswer;
  /** Takes out what is there. */
  drain(): readonly string[];
  /** Resolves when there is something, or when `signal` aborts. */
  wait(signal: AbortSignal): Promise<void>;
}

/** More than a burst of canaries; what does not fit is found by the next look. */
const KEPT = 50;

export function createHookInbox(secret: Secret, keys: TokenKeys): HookInbox {
  const waiting = new Set<string>();
  let wake = (): void => undefined;

  return {
    accept({ headers, body }) {
      if (!isSigned(body, headers['x-helpscout-signature'] ?? '', secret)) return 'bad_signature';
      const text = Buffer.from(body).toString('utf8');
      const payload = HookPayload.safeParse(parseJson(text));
      if (!payload.success) return 'malformed';
      const { id } = payload.data;
      // The signature has no time in it: a replay costs one request and changes nothing.
      if (id === undefined || !isMarkedText(text, keys)) return 'taken';
      if (waiting.size < KEPT) waiting.add(id);
      wake();
      return 'taken';
    },
    drain() {
      const ids = [...waiting];
      waiting.clear();
      return ids;
    },
    wait(signal) {
      return new Promise((resolve) => {
        const done = (): void => {
          signal.removeEventListener('abort', done);
          resolve();
        };
        wake = done;
        signal.addEventListener('abort', done, { once: true });
        if (signal.aborted || waiting.size > 0) done();
      });
    },
  };
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
