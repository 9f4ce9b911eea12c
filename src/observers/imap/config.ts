import { z } from 'zod';
import { messageOf } from '../../base/errors.ts';
import { Duration, OAuth2, SecretText, TlsMode } from '../../base/schema.ts';
import { IMAP_SCHEMES, isLoopback, parseServerUrl, type ServerUrl } from '../../base/server-url.ts';
import { PLACES } from '../../domain/sighting.ts';

const Url = z.string().transform((text, context): ServerUrl => {
  try {
    return parseServerUrl(text, IMAP_SCHEMES);
  } catch (error) {
    context.addIssue({ code: 'custom', message: messageOf(error) });
    return z.NEVER;
  }
});

/** Looks for canaries in the folders of a mailbox. */
export const ImapConfig = z
  .strictObject({
    type: z.literal('imap'),
    url: Url,
    user: z.string().min(1).optional(),
    password: SecretText.optional(),
    oauth2: OAuth2.optional(),
    /** Folder to place. Default: INBOX, and the server's \Junk and \Trash folders where it has them. */
    folders: z
      .record(z.string().min(1), z.enum(PLACES))
      .refine((folders) => Object.keys(folders).length > 0, 'names no folder')
      .optional(),
    /** Default: `starttls`, except on loopback, where a plain line is taken. */
    tls: TlsMode.optional(),
    ca_file: z.string().min(1).optional(),
    /** One look, connecting included. */
    timeout: Duration.default(30_000),
    /** IDLE is renewed after this long (servers and NAT boxes drop silent lines). */
    max_idle: Duration.default(240_000),
  })
  .transform((value) => ({
    type: value.type,
    server: value.url,
    tls: value.url.implicitTls
      ? ('implicit' as const)
      : (value.tls ?? (isLoopback(value.url.host) ? ('none' as const) : ('starttls' as const))),
    user: value.user ?? value.url.user,
    password: value.password ?? value.url.password,
    oauth2: value.oauth2,
    folders: value.folders,
    caFile: value.ca_file,
    timeoutMs: value.timeout,
    maxIdleMs: value.max_idle,
  }));
export type ImapConfig = z.output<typeof ImapConfig>;
