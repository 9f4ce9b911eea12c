import * as z from 'zod';
import { addFault, Duration, SecretText, secureUrlFault } from '../base/schema.ts';

const SHORTEST_MS = 10_000;
const LONGEST_MS = 3_600_000;

/** Whoever knows the URL can pretend that we live, so it is a secret, and goes over a protected line. */
const PingUrl = SecretText.superRefine((secret, context) => {
  const fault = secureUrlFault(secret.reveal());
  const hint = 'write https://host/path, or url_file';
  if (fault !== undefined) addFault(context, { ...fault, hint });
});

/** A service outside that calls somebody when our pings stop. */
export const HeartbeatConfig = z
  .strictObject({
    url: PingUrl,
    every: Duration.refine((ms) => ms >= SHORTEST_MS && ms <= LONGEST_MS, {
      message: 'must be from 10s to 1h',
      params: { hint: 'write every: 60s' },
    }).default(60_000),
  })
  .transform((value) => ({ url: value.url, everyMs: value.every }));
export type HeartbeatConfig = z.output<typeof HeartbeatConfig>;
