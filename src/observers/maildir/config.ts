import * as z from 'zod';
import { Duration } from '../../base/schema.ts';
import { PLACES } from '../../domain/sighting.ts';
import { CONTROL_KEYS, controlRule } from '../control-config.ts';
import type { RateKnowledge } from '../rate-config.ts';
import { TIDY_KEYS, tidyRule } from '../tidy-config.ts';

/** Looks for canaries in a Maildir on this machine. */
export const MaildirConfig = z
  .strictObject({
    type: z.literal('maildir'),
    /** The folder that has `new` and `cur` in it. */
    path: z.string().refine((path) => path.startsWith('/'), {
      message: 'must be an absolute path',
      params: { hint: 'write /var/mail/NAME/Maildir' },
    }),
    /** Folder to place, `INBOX` being the Maildir itself. Default: INBOX, and Junk, Spam, Trash where they are. */
    folders: z
      .record(z.string().min(1), z.enum(PLACES))
      .refine((folders) => Object.keys(folders).length > 0, 'names no folder')
      .optional(),
    /** One look: a file system on a network may hang. */
    timeout: Duration.default(10_000),
    ...CONTROL_KEYS,
    ...TIDY_KEYS,
    tidy: z
      .enum(['keep', 'delete'], {
        message: 'must be keep or delete: a Maildir has no archive of its own',
      })
      .default('keep'),
  })
  .transform((value) => ({
    type: value.type,
    path: value.path,
    folders: value.folders,
    timeoutMs: value.timeout,
    tidy: tidyRule(value),
    control: controlRule(value),
    rate: { documented: 'files have none', counted: null } satisfies RateKnowledge,
  }));
export type MaildirConfig = z.output<typeof MaildirConfig>;
