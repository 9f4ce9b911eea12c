import * as z from 'zod';
import { messageOf } from '../base/errors.ts';
import { addFault, Duration, FilePath, SecretText, type Fault } from '../base/schema.ts';
import { isPostgresUrl, parsePostgresUrl, type PostgresUrl } from '../ledger/url.ts';

const DAY_MS = 86_400_000;

/** `sqlite:` and a path, which the loader makes relative to the configuration file, or a PostgreSQL database. */
const Url = z.string().transform((text, context): string | PostgresUrl => {
  try {
    if (isPostgresUrl(text)) return parsePostgresUrl(text);
  } catch (error) {
    const hint = 'write postgres://user@host/database';
    const encode = '; in user and password write @ : / # ? % as %40 %3A %2F %23 %3F %25';
    addFault(context, {
      message: messageOf(error),
      hint: text.includes('@') ? hint + encode : hint,
    });
    return z.NEVER;
  }
  const path = /^sqlite:(\/(?!\/)[^?#]+|[^/?#:][^?#]*)$/.exec(text)?.[1];
  if (path !== undefined) return path;
  addFault(context, {
    message: 'is not the URL of a ledger',
    hint: 'write sqlite:./mailcanary.db, sqlite:/var/lib/mailcanary.db or postgres://user@host/database',
  });
  return z.NEVER;
});

/** Where the memory is, how we are let in, and how long canaries stay in it. */
export const LedgerConfig = z
  .strictObject({
    url: Url.prefault('sqlite:./mailcanary.db'),
    password: SecretText.optional(),
    /** PEM file of the CA that signed the server's certificate, where it is not a public one. */
    ca_file: FilePath.optional(),
    keep: Duration.default(90 * DAY_MS),
  })
  .superRefine((value, context) => {
    for (const fault of faultsOf(value)) addFault(context, fault);
  })
  .transform(({ url, password, ca_file: caFile, keep: keepMs }) => ({
    url: typeof url === 'string' ? url : { ...url, password: password ?? url.password, caFile },
    keepMs,
  }));

interface Keys {
  readonly url: string | PostgresUrl;
  readonly password?: unknown;
  readonly ca_file?: string | undefined;
}

function faultsOf({ url, password, ca_file: caFile }: Keys): readonly Fault[] {
  const hasPassword = password !== undefined;
  if (typeof url === 'string') {
    const fault = { message: 'is of no use for a file', hint: 'take it out' };
    return [
      ...(hasPassword ? [{ ...fault, path: ['password'] }] : []),
      ...(caFile === undefined ? [] : [{ ...fault, path: ['ca_file'] }]),
    ];
  }
  const hint = 'take it out of the url';
  const twice = { path: ['password'], message: 'is also in the url', hint };
  return hasPassword && url.password !== undefined ? [twice] : [];
}
