import type { HookRequest } from '../observer.ts';
import { sign } from '../signature.ts';
import type { WebhookConfig } from './config.ts';

const ID = 'mailcanary-check';

/** Signed as configured, with an id and nothing else: it tells of no mail of ours. */
export function createTestHook({
  fields,
  signature,
  webhookSecret,
}: Pick<WebhookConfig, 'fields' | 'signature' | 'webhookSecret'>): HookRequest {
  const payload = fields.id.split('.').reduceRight<unknown>((value, key) => ({ [key]: value }), ID);
  return sign(Buffer.from(JSON.stringify(payload)), signature, webhookSecret);
}
