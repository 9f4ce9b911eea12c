import * as z from 'zod';
import {
  addFault,
  Address,
  Duration,
  FilePath,
  loginFaults,
  OAuth2,
  SecretText,
  serverUrl,
  TlsMode,
} from '../../base/schema.ts';
import { lineSecurity, SMTP_SCHEMES } from '../../base/server-url.ts';

/** Hands canaries to a submission relay. */
export const SmtpConfig = z
  .strictObject({
    type: z.literal('smtp'),
    url: serverUrl(SMTP_SCHEMES),
    user: z.string().min(1).optional(),
    password: SecretText.optional(),
    oauth2: OAuth2.optional(),
    from: Address,
    /** Default: `starttls`, except on loopback, where a plain line is taken. */
    tls: TlsMode.optional(),
    /** PEM file of the CA that signed the server's certificate, where it is not a public one. */
    ca_file: FilePath.optional(),
    /** Name given in EHLO; default: the domain of `from`. */
    helo: z
      .string()
      .refine((text) => /^[\w.:[\]-]+$/.test(text), 'is not the name of a host')
      .optional(),
    header_profile: z.enum(['automatic', 'plain']).default('automatic'),
    /** One dialogue, from connecting to the final reply. */
    timeout: Duration.default(120_000),
    /** How long a 4xx is tried again before the canary counts as unsent. */
    launch_window: Duration.default(600_000),
  })
  .superRefine((value, context) => {
    for (const fault of loginFaults(value)) addFault(context, fault);
  })
  .transform((value) => ({
    type: value.type,
    server: value.url,
    tls: lineSecurity(value.url, value.tls),
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
