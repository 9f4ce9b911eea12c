import * as z from 'zod';
import { Duration } from '../base/schema.ts';
import type { TidyManner } from './observer.ts';

const HOUR_MS = 3_600_000;

/**
 * The keys with which every observer says what becomes of canaries that arrived. They are kept unless
 * somebody decides otherwise: nobody expects a monitor to delete mail.
 */
export const TIDY_KEYS = {
  tidy: z.enum(['keep', 'close', 'delete']).default('keep'),
  /** From the look that saw a copy: people can look at it, and a second copy is still counted. */
  tidy_after: Duration.default(HOUR_MS),
} as const;

/** When and how the copies of an observer are cleaned away. */
export interface TidyRule {
  readonly manner: TidyManner | 'keep';
  readonly afterMs: number;
}

/** Of an observer that can only look. */
export const NEVER_TIDIED: TidyRule = { manner: 'keep', afterMs: HOUR_MS };

export function tidyRule(keys: {
  readonly tidy: TidyRule['manner'];
  readonly tidy_after: number;
}): TidyRule {
  return { manner: keys.tidy, afterMs: keys.tidy_after };
}
