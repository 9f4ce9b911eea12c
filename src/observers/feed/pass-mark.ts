import * as z from 'zod';

/** How far a list was read. */
export const PassMark = z
  .object({
    /** Where the present pass over the list began: the list's "modified since", on its system's clock. */
    from: z.number().nonnegative(),
    /** Where the pass after an unfinished one begins. */
    next: z.number().nonnegative(),
    /** An unfinished pass: what was made before this instant was read, on the list's clock. Absent: a new pass. */
    reached: z.number().nonnegative().optional(),
  })
  .readonly();
export type PassMark = z.output<typeof PassMark>;
