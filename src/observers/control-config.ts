import { Duration } from '../base/schema.ts';
import * as z from 'zod';

const EVERY_MS = 300_000;

/** How often an observer's looks are held against what is known to be there. */
export interface ControlRule<Manner extends string = 'read'> {
  readonly manner: Manner;
  readonly everyMs: number;
}

/** The keys of a positive control that only reads; on unless somebody says otherwise. */
export const CONTROL_KEYS = {
  positive_control: z.enum(['read', 'off']).default('read'),
  positive_control_every: Duration.default(EVERY_MS),
} as const;

/** Undefined where it is off. */
export function controlRule<Manner extends string>(keys: {
  readonly positive_control: Manner | 'off';
  readonly positive_control_every: number;
}): ControlRule<Manner> | undefined {
  const { positive_control: manner, positive_control_every: everyMs } = keys;
  return manner === 'off' ? undefined : { manner, everyMs };
}
