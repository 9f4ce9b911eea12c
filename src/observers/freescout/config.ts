import * as z from 'zod';
import { SecretText } from '../../base/schema.ts';
import { CONTROL_KEYS, controlRule } from '../control-config.ts';
import { ApiUrl, HTTP_KEYS } from '../http/config.ts';
import { TIDY_KEYS, tidyRule } from '../tidy-config.ts';
import { countedRate } from '../rate-config.ts';

/** Looks for canaries in a mailbox of FreeScout, by its module API & Webhooks. */
export const FreescoutConfig = z
  .strictObject({
    type: z.literal('freescout'),
    url: ApiUrl,
    /** Manage > API & Webhooks; it has all rights. */
    api_key: SecretText,
    /** The number in the mailbox's address in the web interface. */
    mailbox_id: z.int().positive(),
    /** In whose name conversations are closed: the number of a user. */
    user_id: z.int().positive().default(1),
    /** Of the webhook that calls us; absent: none does. */
    webhook_secret: SecretText.optional(),
    ...HTTP_KEYS,
    ...CONTROL_KEYS,
    ...TIDY_KEYS,
  })
  .transform((value) => ({
    type: value.type,
    url: value.url,
    apiKey: value.api_key,
    mailboxId: value.mailbox_id,
    userId: value.user_id,
    webhookSecret: value.webhook_secret,
    requestsPerMinute: value.requests_per_minute,
    lookEveryMs: value.look_every,
    timeoutMs: value.timeout,
    tidy: tidyRule(value),
    control: controlRule(value),
    rate: countedRate(value, {
      documented: 'its API module documents none',
      cost: { look: 3, canary: 1, tidying: 2 },
    }),
  }));
export type FreescoutConfig = z.output<typeof FreescoutConfig>;
