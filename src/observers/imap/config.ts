import * as z from 'zod';
import {
  addFault,
  Duration,
  FilePath,
  loginFaults,
  OAuth2,
  SecretText,
  serverUrl,
  TlsMode,
  type Fault,
  type LoginKeys,
} from '../../base/schema.ts';
import { IMAP_SCHEMES, lineSecurity } from '../../base/server-url.ts';
import { PLACES } from '../../domain/sighting.ts';
import { CONTROL_KEYS, controlRule } from '../control-config.ts';
import type { RateKnowledge } from '../rate-config.ts';
import { TIDY_KEYS, tidyRule } from '../tidy-config.ts';

/** RFC 2177: IDLE is to be issued again at least every 29 minutes. */
const LONGEST_IDLE_MS = 29 * 60_000;

/** Looks for canaries in the folders of a mailbox. */
export const ImapConfig = z
  .strictObject({
    type: z.literal('imap'),
    url: serverUrl(IMAP_SCHEMES),
    user: z.string().min(1).optional(),
    password: SecretText.optional(),
    oauth2: OAuth2.optional(),
    /** Folder to place. Default: INBOX, and the server's \Junk and \Trash folders where it has them. */
    folders: z
      .record(z.string().min(1), z.enum(PLACES))
      .refine((folders) => Object.keys(folders).length > 0, 'names no folder')
      .optional(),
    /** Where closed mail goes. Default: the server's \Archive folder. */
    archive: z.string().min(1).optional(),
    /** Default: `starttls`, except on loopback, where a plain line is taken. */
    tls: TlsMode.optional(),
    ca_file: FilePath.optional(),
    /** One look, connecting included. */
    timeout: Duration.default(30_000),
    /** IDLE is renewed after this long (servers and NAT boxes drop silent lines). */
    max_idle: Duration.refine((ms) => ms <= LONGEST_IDLE_MS, {
      message: 'must be at most 29m',
      params: { hint: 'servers end an IDLE after 30 minutes (RFC 2177)' },
    }).default(240_000),
    ...CONTROL_KEYS,
    /** `append` puts a marker into the first folder, which is taken away once a look has seen it. */
    positive_control: z.enum(['read', 'append', 'off']).default('read'),
    ...TIDY_KEYS,
  })
  .superRefine((value, context) => {
    for (const fault of [...loginFaults(value), ...nobody(value)]) addFault(context, fault);
  })
  .transform((value) => ({
    type: value.type,
    server: value.url,
    tls: lineSecurity(value.url, value.tls),
    user: value.user ?? value.url.user,
    password: value.password ?? value.url.password,
    oauth2: value.oauth2,
    folders: value.folders,
    archive: value.archive,
    tidy: tidyRule(value),
    rate: {
      documented: 'IMAP has none that a client is told; some servers throttle',
      counted: null,
    } satisfies RateKnowledge,
    control: controlRule(value),
    caFile: value.ca_file,
    timeoutMs: value.timeout,
    maxIdleMs: value.max_idle,
  }));
export type ImapConfig = z.output<typeof ImapConfig>;

/** IMAP shows a mailbox to somebody only. */
function nobody(keys: LoginKeys): readonly Fault[] {
  const named = keys.user !== undefined || keys.url.user !== undefined;
  const login = keys.password ?? keys.oauth2 ?? keys.url.password;
  if (named || login !== undefined) return []; // the latter is a fault of its own
  return [
    { path: ['user'], message: 'is missing', hint: 'write user: NAME, or the name in the url' },
  ];
}
