import { z } from 'zod';
import { messageOf } from '../../base/errors.ts';
import { Duration, OAuth2, SecretText, TlsMode } from '../../base/schema.ts';
import { isLoopback, parseServerUrl, SMTP_SCHEMES, type ServerUrl } from '../../base/server-url.ts';

const Url = z.string().transform((text, context): ServerUrl => {
  try {
    return parseServerUrl(text, SMTP_SCHEMES);
  } catch (error) {
    context.addIssue({ code: 'custom', message: messageOf(error) });
    return z.NEVER;
  }
});

/** Hands canaries to a submission relay. */
export const SmtpConfig = z
  .strictObject({
    type: z.literal('smtp'),
    url: Url,
    user: z.string().min(1).optional(),
    password: SecretText.optional(),
    oauth2: OAuth2.optional(),
    from: z.email(),
    /** Default: `starttls`, except on loopback, where a plain line is taken. */
    tls: TlsMode.optional(),
    /** PEM file of the CA that signed the server's certificate, where it is not a public one. */
    ca_file: z.string().min(1).optional(),
    /** Name given in EHLO; default: the domain of `from`. */
    helo: z.string().min(1).optional(),
    header_profile: z.enum(['automatic', 'plain']).default('automatic'),
    /** One dialogue, from connecting to the final reply. */
    timeout: Duration.default(120_000),
    /** How long a 4xx is tried again before the canary counts as unsent. */
    launch_window: Duration.default(600_000),
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
    from: value.from,
    caFile: value.ca_file,
    helo: value.helo ?? value.from.slice(value.from.lastIndexOf('@') + 1),
    headerProfile: value.header_profile,
    timeoutMs: value.timeout,
    launchWindowMs: value.launch_window,
  }));
export type SmtpConfig = z.output<typeof SmtpConfig>;
