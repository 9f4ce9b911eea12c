import * as z from 'zod';
import { SecretText } from '../../base/schema.ts';
import { PLACES } from '../../domain/sighting.ts';
import type { RateKnowledge } from '../rate-config.ts';
import type { TidyRule } from '../tidy-config.ts';

/** Where in the JSON something stands: `ticket.title`, `articles.0.body`. */
const FieldPath = z.string().refine((text) => /^[^.\s]+(?:\.[^.\s]+){0,9}$/.test(text), {
  message: 'is not a path of keys',
  params: { hint: 'write the keys with dots in between, such as ticket.title' },
});

const HeaderName = z
  .string()
  .refine((text) => /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}$/.test(text), {
    message: 'is not the name of a header',
    params: { hint: 'write it as in X-Hub-Signature-256' },
  })
  .transform((text) => text.toLowerCase());

/** Nothing can be cleaned away by one that is only told. */
const KEEP: TidyRule = { manner: 'keep', afterMs: 0 };

/** Hears of canaries by signed webhooks, and cannot look. */
export const WebhookConfig = z
  .strictObject({
    type: z.literal('webhook'),
    webhook_secret: SecretText,
    /** In which header the HMAC of the raw body comes, and in which form. */
    signature: z
      .strictObject({
        header: HeaderName.prefault('X-Hub-Signature-256'),
        algorithm: z.enum(['sha256', 'sha1']).default('sha256'),
        encoding: z.enum(['hex', 'base64']).default('hex'),
      })
      .prefault({}),
    /** Where in the JSON of a webhook the mail is described. */
    fields: z.strictObject({
      /** Names this copy for good: of the ticket or, better, of the message. */
      id: FieldPath,
      subject: FieldPath,
      text: FieldPath.optional(),
      message_id: FieldPath.optional(),
      /** Absent: all is in the inbox. */
      place: FieldPath.optional(),
      /** When the helpdesk took the mail in, on its own clock. */
      time: FieldPath.optional(),
    }),
    /** The words of the helpdesk for places, such as `junk: spam`. */
    places: z.record(z.string().min(1), z.enum(PLACES)).default({}),
  })
  .transform((value) => ({
    type: value.type,
    webhookSecret: value.webhook_secret,
    signature: value.signature,
    fields: {
      id: value.fields.id,
      subject: value.fields.subject,
      text: value.fields.text,
      messageId: value.fields.message_id,
      place: value.fields.place,
      time: value.fields.time,
    },
    places: new Map(
      Object.entries(value.places).map(([word, place]) => [word.toLowerCase(), place]),
    ),
    tidy: KEEP,
    rate: { documented: 'we ask for nothing', counted: null } satisfies RateKnowledge,
  }));
export type WebhookConfig = z.output<typeof WebhookConfig>;
