import * as z from 'zod';

/** How far a list was read. */
export const PassMark = z
  .object({
    /** Where the present pass over the list began: the list's "modified since", on its system's clock. */
    from: z.number().nonnegative(),
    /** The page to go on with; 1: a new pass. */
    page: z.int().positive(),
    /** Where the pass after an unfinished one begins. */
    next: z.number().nonnegative(),
    /** Mails in the list when its last page was read. */
    total: z.int().nonnegative().default(0),
    /** Nothing was taken out of the list since the pass began: later pages would have moved up, past us. */
    steady: z.boolean().default(true),
  })
  .readonly();
export type PassMark = z.output<typeof PassMark>;
