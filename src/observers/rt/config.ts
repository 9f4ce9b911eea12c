import * as z from 'zod';
import { addFault, Duration, SecretText, type Fault } from '../../base/schema.ts';
import { PLACES } from '../../domain/sighting.ts';
import { CONTROL_KEYS, controlRule } from '../control-config.ts';
import { ApiUrl, HTTP_KEYS } from '../http/config.ts';
import { TIDY_KEYS, tidyRule } from '../tidy-config.ts';
import { countedRate } from '../rate-config.ts';

/** Looks for canaries in a queue of Request Tracker 5 (REST 2.0). */
export const RtConfig = z
  .strictObject({
    type: z.literal('rt'),
    /** Where its web interface is. */
    url: ApiUrl,
    /** An authentication token (Settings > Auth Tokens); else user and password. */
    token: SecretText.optional(),
    user: z.string().min(1).optional(),
    password: SecretText.optional(),
    /** Its name. */
    queue: z.string().min(1),
    /** Status to place, for those that a lifecycle of your own has; the default ones are known. */
    statuses: z.record(z.string().min(1), z.enum(PLACES)).default({}),
    /** How long a ticket may take from its timestamp until others see it: RT sends its mails in between. */
    index_lag: Duration.default(10_000),
    ...HTTP_KEYS,
    /** RT has no limit of its own; so many by a session take some seconds of a core. */
    requests_per_minute: HTTP_KEYS.requests_per_minute.unwrap().default(300),
    ...CONTROL_KEYS,
    ...TIDY_KEYS,
  })
  .superRefine((value, context) => {
    for (const fault of loginFaults(value)) addFault(context, fault);
  })
  .transform((value) => ({
    type: value.type,
    url: value.url,
    token: value.token,
    user: value.user,
    password: value.password,
    queue: value.queue,
    statuses: value.statuses,
    indexLagMs: value.index_lag,
    requestsPerMinute: value.requests_per_minute,
    lookEveryMs: value.look_every,
    timeoutMs: value.timeout,
    tidy: tidyRule(value),
    control: controlRule(value),
    rate: countedRate(value, {
      documented: 'REST 2.0 has none',
      cost: { look: 2, canary: 3, tidying: 5 },
    }),
  }));
export type RtConfig = z.output<typeof RtConfig>;

function loginFaults(keys: {
  readonly token?: unknown;
  readonly user?: unknown;
  readonly password?: unknown;
}): readonly Fault[] {
  const has = (key: 'token' | 'user' | 'password'): boolean => keys[key] !== undefined;
  const hint = 'write token: "1-14-...", or user: NAME and password: TEXT';
  if (has('token') && has('password')) {
    return [{ path: ['password'], message: 'stands beside a token', hint }];
  }
  if (has('token')) return [];
  if (!has('password')) return [{ path: ['token'], message: 'is missing', hint }];
  return has('user') ? [] : [{ path: ['user'], message: 'is missing', hint }];
}
