import { z } from 'zod';
import { parseDuration } from './duration.ts';
import { Secret } from './secret.ts';

/** A duration such as `90s` or `1h30m`, into milliseconds. */
export const Duration = z.string().transform((text, context) => {
  const ms = parseDuration(text);
  if (ms === undefined) {
    context.addIssue({ code: 'custom', message: 'is not a duration; write 90s, 10m or 1h30m' });
    return z.NEVER;
  }
  return ms;
});

/** A secret: written in the file, or already read from the file that `<key>_file` names. */
export const SecretText = z
  .union([z.string().min(1), z.instanceof(Secret)])
  .transform((value) => (value instanceof Secret ? value : new Secret(value)));

/** How a line that starts in the clear is protected. */
export const TlsMode = z.enum(['starttls', 'none']);

/** OAuth 2.0: with a refresh token (RFC 6749 section 6), else client credentials (section 4.4). */
export const OAuth2 = z
  .strictObject({
    token_url: z.url(),
    client_id: z.string().min(1),
    client_secret: SecretText.optional(),
    refresh_token: SecretText.optional(),
    scope: z.string().optional(),
  })
  .transform((value) => ({
    tokenUrl: value.token_url,
    clientId: value.client_id,
    clientSecret: value.client_secret,
    refreshToken: value.refresh_token,
    scope: value.scope,
  }));
export type OAuth2 = z.output<typeof OAuth2>;
