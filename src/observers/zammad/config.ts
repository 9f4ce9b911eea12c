import * as z from 'zod';
import { SecretText } from '../../base/schema.ts';
import { CONTROL_KEYS, controlRule } from '../control-config.ts';
import { ApiUrl, HTTP_KEYS } from '../http/config.ts';
import { TIDY_KEYS, tidyRule } from '../tidy-config.ts';
import { countedRate } from '../rate-config.ts';

const Names = z.array(z.string().min(1)).default([]);

/** Looks for canaries among the tickets of a Zammad. */
export const ZammadConfig = z
  .strictObject({
    type: z.literal('zammad'),
    url: ApiUrl,
    /** Profile > Token Access, permission `ticket.agent`; `admin` besides for `tidy: delete`. */
    token: SecretText,
    /** Zammad has no spam of its own: the states and groups that mean it here. */
    spam_states: Names,
    spam_groups: Names,
    /** The signature token of the webhook that calls us; absent: none does. */
    webhook_secret: SecretText.optional(),
    ...HTTP_KEYS,
    ...CONTROL_KEYS,
    ...TIDY_KEYS,
  })
  .transform((value) => ({
    type: value.type,
    url: value.url,
    token: value.token,
    spam: {
      states: value.spam_states.map((name) => name.toLowerCase()),
      groups: value.spam_groups.map((name) => name.toLowerCase()),
    },
    webhookSecret: value.webhook_secret,
    requestsPerMinute: value.requests_per_minute,
    lookEveryMs: value.look_every,
    timeoutMs: value.timeout,
    tidy: tidyRule(value),
    control: controlRule(value),
    rate: countedRate(value, {
      documented: 'its manual documents none for the API',
      cost: { look: 1, canary: 2.5, tidying: 3 },
    }),
  }));
export type ZammadConfig = z.output<typeof ZammadConfig>;
