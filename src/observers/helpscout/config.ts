import * as z from 'zod';
import { Duration, SecretText } from '../../base/schema.ts';
import { ApiUrl, HTTP_KEYS } from '../http/config.ts';
import { CONTROL_KEYS, controlRule } from '../control-config.ts';
import { TIDY_KEYS, tidyRule } from '../tidy-config.ts';
import { countedRate } from '../rate-config.ts';

/** Looks for canaries in an inbox of Help Scout (Inbox API 2.0). */
export const HelpscoutConfig = z
  .strictObject({
    type: z.literal('helpscout'),
    url: ApiUrl.prefault('https://api.helpscout.net'),
    app_id: z.string().min(1),
    app_secret: SecretText,
    /** The number in the inbox's address in the web interface. */
    mailbox_id: z.int().positive(),
    /** Of the webhook that calls us; absent: none does. */
    webhook_secret: SecretText.optional(),
    /** How far the list of conversations, which is a search index, may lag behind. */
    index_lag: Duration.default(60_000),
    ...HTTP_KEYS,
    ...CONTROL_KEYS,
    ...TIDY_KEYS,
  })
  .transform((value) => ({
    type: value.type,
    url: value.url,
    appId: value.app_id,
    appSecret: value.app_secret,
    mailboxId: value.mailbox_id,
    webhookSecret: value.webhook_secret,
    indexLagMs: value.index_lag,
    requestsPerMinute: value.requests_per_minute,
    lookEveryMs: value.look_every,
    timeoutMs: value.timeout,
    tidy: tidyRule(value),
    rate: countedRate(value, {
      documented: 'an account has one, by its plan; each reply tells it',
      isLimitPerMinute: true,
      cost: { look: 2, canary: 1.5, tidying: 3 },
    }),
    control: controlRule(value),
  }));
export type HelpscoutConfig = z.output<typeof HelpscoutConfig>;
