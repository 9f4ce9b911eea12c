import { createHmac } from 'node:crypto';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { Clock } from '../../base/clock.ts';
import { messageOf } from '../../base/errors.ts';
import type { Logger } from '../../base/logger.ts';

/** One call of a webhook. */
export interface HookPost {
  readonly url: string;
  readonly secret: string;
  readonly event: string;
  readonly body: string;
}

const ANSWER_MS = 10_000;

/** `X-HelpScout-Signature`: base64 of HMAC-SHA1 over the raw body. No time is in it. */
export function signBody(body: string | Buffer, secret: string): string {
  return createHmac('sha1', secret).update(body).digest('base64');
}

/** Makes one call; answers its status, or null where none came within 10 s or before `stop`. */
export async function callHook(
  post: HookPost,
  tools: { readonly clock: Clock; readonly logger: Logger },
  stop: AbortSignal,
): Promise<number | null> {
  const inner = new AbortController();
  const signal = AbortSignal.any([inner.signal, stop]);
  void tools.clock.sleep(ANSWER_MS, signal).then(() => inner.abort());
  try {
    return await send(post, signal);
  } catch (error) {
    const { event } = post;
    tools.logger.debug({ event, error: messageOf(error) }, 'sandbox: a webhook got no answer');
    return null;
  } finally {
    inner.abort();
  }
}

function send({ url, secret, event, body }: HookPost, signal: AbortSignal): Promise<number> {
  const headers = {
    'Content-Type': 'application/json',
    'Content-Length': String(Buffer.byteLength(body)),
    'User-Agent': 'Help Scout/Webhooks (sandbox)',
    'X-HelpScout-Event': event,
    'X-HelpScout-Signature': signBody(body, secret),
  };
  const request = url.startsWith('https:') ? httpsRequest : httpRequest;
  return new Promise((resolve, reject) => {
    // agent: false leaves no idle connection behind
    const call = request(url, { method: 'POST', headers, signal, agent: false }, (response) => {
      response.resume();
      response.once('error', reject);
      response.once('end', () => resolve(response.statusCode ?? 0));
    });
    call.once('error', reject);
    call.end(body);
  });
}
