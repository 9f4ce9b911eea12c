import * as z from 'zod';
import { addFault, Duration, secureUrlFault } from '../../base/schema.ts';

/** Every observer completes a look at least this often (semantics B2). */
const LONGEST_PAUSE_MS = 60_000;

/** The URL of an API: https, or http on loopback; without login, query and fragment. */
export const ApiUrl = z.string().transform((text, context): URL => {
  const fault = secureUrlFault(text) ?? restFault(text);
  if (fault === undefined) return new URL(text);
  addFault(context, fault);
  return z.NEVER;
});

function restFault(text: string): { readonly message: string; readonly hint: string } | undefined {
  const { search, hash } = new URL(text);
  if (search === '' && hash === '') return undefined;
  return { message: 'has a query or a fragment', hint: 'write https://host or https://host/path' };
}

/** Keys that every observer over HTTP has. */
export const HTTP_KEYS = {
  /** Ours, of what the account may; the service's own limit is obeyed besides. */
  requests_per_minute: z.int('must be a whole number').min(6, 'must be at least 6').default(60),
  /** The pause between looks while nothing is due. */
  look_every: Duration.refine((ms) => ms <= LONGEST_PAUSE_MS, {
    message: 'must be at most 60s',
    params: { hint: 'absence is proven by looks, at least one a minute' },
  }).default(LONGEST_PAUSE_MS),
  /** One request. */
  timeout: Duration.default(10_000),
};
