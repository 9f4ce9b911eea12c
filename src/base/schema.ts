import * as z from 'zod'; // the namespace form lets the bundler leave out what is not used
import { parseDuration } from './duration.ts';
import { messageOf } from './errors.ts';
import { Secret } from './secret.ts';
import { isLoopback, parseServerUrl, type Schemes, type ServerUrl } from './server-url.ts';

/** What is wrong with a value: a sentence without a subject ("is empty"), and what to write instead. */
export interface Fault {
  readonly message: string;
  readonly hint?: string;
  /** Keys below the value that the fault belongs to. */
  readonly path?: readonly (string | number)[];
}

interface Faults {
  addIssue(issue: {
    code: 'custom';
    message: string;
    path: (string | number)[];
    params: Record<string, unknown>;
  }): void;
}

/** Hands a fault to zod, with its hint. */
export function addFault(context: Faults, fault: Fault): void {
  const { message, hint, path = [] } = fault;
  context.addIssue({ code: 'custom', message, path: [...path], params: { hint } });
}

const DURATION_HINT = 'write 90s, 10m or 1h30m';

const DurationInput = z.custom<string | number>(
  (value) => typeof value === 'string' || typeof value === 'number',
  { message: 'is not a duration', params: { hint: DURATION_HINT } },
);

/** A duration such as `90s` or `1h30m`, more than nothing, into milliseconds. */
export const Duration = DurationInput.transform((value, context): number => {
  const ms = typeof value === 'string' ? parseDuration(value) : undefined;
  if (ms !== undefined && ms > 0) return ms;
  addFault(context, { message: durationFault(value, ms), hint: DURATION_HINT });
  return z.NEVER;
});

function durationFault(value: string | number, ms: number | undefined): string {
  if (ms === 0) return 'must be more than 0';
  return typeof value === 'number' ? 'is a number without a unit' : 'is not a duration';
}

const SecretInput = z.custom<string | Secret>(
  (value) => value instanceof Secret || (typeof value === 'string' && value !== ''),
  { message: 'must be text', params: { hint: 'put it in quotes' } },
);

/** A secret: written in the file, or already read from the file that `<key>_file` names. */
export const SecretText = SecretInput.transform((value) =>
  value instanceof Secret ? value : new Secret(value),
);

/** Whether a schema is {@link SecretText}, with or without checks of its own. */
export function isSecretText(schema: unknown): boolean {
  return schema instanceof z.ZodPipe && schema.in === SecretInput;
}

/** The path of a file; the loader makes it relative to the configuration file. */
export const FilePath = z.string().min(1);

/** The name of a probe, sender, observer or vantage: it becomes a label value and part of URLs. */
export const Name = z.string().refine((text) => /^[a-z0-9][a-z0-9_-]{0,62}$/.test(text), {
  message: 'is not a name',
  params: { hint: 'use up to 63 of a-z, 0-9, - and _, and begin with a letter or a digit' },
});

/**
 * One mail address without display name, in ASCII: dot-atom or literal domain
 * (RFC 5321 section 4.1.2), at most 64 and 254 octets.
 */
export const Address = z.string().transform((text, context): string => {
  const fault = addressFault(text);
  if (fault === undefined) return text;
  addFault(context, fault);
  return z.NEVER;
});

const ADDRESS = /^[\w.!#$%&'*+/=?^`{|}~-]{1,64}@(?:[a-z0-9_.-]+|\[(?:IPv6:)?[0-9a-f.:]+\])$/i;

function addressFault(text: string): Fault | undefined {
  const hint = 'write one address, such as canary@example.com';
  if (/[<>"]/.test(text)) return { message: 'must be a bare address, without a name', hint };
  if (/[,;\s]/.test(text)) return { message: 'must be one address', hint };
  if (/\P{ASCII}/u.test(text)) {
    return { message: 'must be in ASCII', hint: 'write the domain in its xn-- form' };
  }
  const dots = /(?:^|[@.])\.|\.(?:@|$)/; // an empty label or atom
  if (ADDRESS.test(text) && !dots.test(text) && text.length <= 254) return undefined;
  return { message: 'is not a mail address', hint };
}

/** The URL of a mail server. */
export function serverUrl(schemes: Schemes) {
  const example = `${Object.keys(schemes).at(-1) ?? ''}://`;
  return z.string().transform((text, context): ServerUrl => {
    try {
      return parseServerUrl(text, schemes);
    } catch (error) {
      const hint = `write ${example}user@host or ${example}user@host:port`;
      const encode = '; in user and password write @ : / # ? % as %40 %3A %2F %23 %3F %25';
      addFault(context, {
        message: messageOf(error),
        hint: text.includes('@') ? hint + encode : hint,
      });
      return z.NEVER;
    }
  });
}

/** How a line that starts in the clear is protected. */
export const TlsMode = z.enum(['starttls', 'none']);

/** OAuth 2.0: with a refresh token (RFC 6749 section 6), else client credentials (section 4.4). */
export const OAuth2 = z
  .strictObject({
    token_url: z.string().superRefine((text, context) => {
      const fault = secureUrlFault(text);
      if (fault !== undefined) addFault(context, fault);
    }),
    client_id: z.string().min(1),
    client_secret: SecretText.optional(),
    refresh_token: SecretText.optional(),
    scope: z.string().min(1).optional(),
  })
  .superRefine((value, context) => {
    if (value.client_secret !== undefined || value.refresh_token !== undefined) return;
    const hint = 'write client_secret_file or refresh_token_file';
    addFault(context, { message: 'has neither client_secret nor refresh_token', hint });
  })
  .transform((value) => ({
    tokenUrl: value.token_url,
    clientId: value.client_id,
    clientSecret: value.client_secret,
    refreshToken: value.refresh_token,
    scope: value.scope,
  }));
export type OAuth2 = z.output<typeof OAuth2>;

/** Why secrets should not be sent to a URL: it must be https, or http on loopback. */
export function secureUrlFault(text: string): Fault | undefined {
  const hint = 'write https://host/path';
  if (!URL.canParse(text)) return { message: 'is not a URL', hint };
  const url = new URL(text);
  if (url.username !== '' || url.password !== '') {
    return { message: 'has a user or a password in it', hint };
  }
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const safe = url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(host));
  return safe ? undefined : { message: 'must begin with https://', hint };
}

/** The keys by which a mail server lets us in. */
export interface LoginKeys {
  readonly url: ServerUrl;
  readonly user?: string | undefined;
  readonly password?: Secret | undefined;
  readonly oauth2?: OAuth2 | undefined;
  readonly tls?: z.output<typeof TlsMode> | undefined;
}

/** What is said twice, or only half, about how to reach a mail server and log in there. */
export function loginFaults(keys: LoginKeys): readonly Fault[] {
  const { url, user, password, oauth2, tls } = keys;
  const hasUser = user !== undefined || url.user !== undefined;
  const hasPassword = password !== undefined || url.password !== undefined;
  const table: readonly (Fault & { readonly when: boolean })[] = [
    {
      when: url.implicitTls && tls !== undefined,
      path: ['tls'],
      message: 'contradicts the url, which has TLS from the first byte',
      hint: 'leave tls out',
    },
    {
      when: user !== undefined && url.user !== undefined,
      path: ['user'],
      message: 'is also in the url',
      hint: 'write it in one place',
    },
    {
      when: password !== undefined && url.password !== undefined,
      path: ['password'],
      message: 'is also in the url',
      hint: 'take it out of the url',
    },
    {
      when: hasPassword && oauth2 !== undefined,
      path: ['oauth2'],
      message: 'cannot stand beside a password',
      hint: 'write one of them',
    },
    {
      when: !hasUser && (hasPassword || oauth2 !== undefined),
      path: ['user'],
      message: 'is missing',
      hint: 'write user: NAME, or the name in the url',
    },
    {
      when: hasUser && !hasPassword && oauth2 === undefined,
      path: ['password'],
      message: 'is missing',
      hint: 'write password_file: /path/of/file, or password: "${VARIABLE}"',
    },
  ];
  return table
    .filter((row) => row.when)
    .map(({ message, hint = '', path = [] }) => ({ message, hint, path }));
}
