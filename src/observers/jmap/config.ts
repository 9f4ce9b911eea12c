import * as z from 'zod';
import { addFault, SecretText, type Fault } from '../../base/schema.ts';
import { PLACES } from '../../domain/sighting.ts';
import { CONTROL_KEYS, controlRule } from '../control-config.ts';
import { ApiUrl, HTTP_KEYS } from '../http/config.ts';
import { TIDY_KEYS, tidyRule } from '../tidy-config.ts';
import { countedRate } from '../rate-config.ts';

/** Looks for canaries in a mailbox by JMAP (RFC 8620, RFC 8621). */
export const JmapConfig = z
  .strictObject({
    type: z.literal('jmap'),
    /** The host, whose `/.well-known/jmap` is asked, or with a path the session's own URL. */
    url: ApiUrl,
    user: z.string().min(1).optional(),
    password: SecretText.optional(),
    /** An API token, instead of user and password. */
    token: SecretText.optional(),
    /** The id or the name of an account that is shared with us. Default: our own. */
    account: z.string().min(1).optional(),
    /** Mailbox to place, where its role does not say it: `Parent/Child`. */
    folders: z.record(z.string().min(1), z.enum(PLACES)).default({}),
    /** Where closed mail goes. Default: the mailbox whose role is archive. */
    archive: z.string().min(1).optional(),
    ...HTTP_KEYS,
    ...CONTROL_KEYS,
    ...TIDY_KEYS,
  })
  .superRefine((value, context) => {
    for (const fault of loginFaults(value)) addFault(context, fault);
  })
  .transform((value) => ({
    type: value.type,
    url: value.url,
    user: value.user,
    password: value.password,
    token: value.token,
    account: value.account,
    folders: value.folders,
    archive: value.archive,
    requestsPerMinute: value.requests_per_minute,
    lookEveryMs: value.look_every,
    timeoutMs: value.timeout,
    tidy: tidyRule(value),
    control: controlRule(value),
    rate: countedRate(value, {
      documented: 'RFC 8620 has none a minute; a server may have one of its own',
      cost: { look: 1, canary: 4, tidying: 2 },
    }),
  }));
export type JmapConfig = z.output<typeof JmapConfig>;

interface Login {
  readonly user?: unknown;
  readonly password?: unknown;
  readonly token?: unknown;
}

function loginFaults({ user, password, token }: Login): readonly Fault[] {
  if (token !== undefined) {
    if (user === undefined && password === undefined) return [];
    const hint = 'write user and password, or token';
    return [{ path: ['token'], message: 'cannot stand beside user or password', hint }];
  }
  const hint = 'write token_file, or user and password_file';
  if (user === undefined) return [{ path: ['user'], message: 'is missing', hint }];
  if (password === undefined) return [{ path: ['password'], message: 'is missing', hint }];
  return [];
}
