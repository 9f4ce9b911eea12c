import * as z from 'zod';
import type { Instant } from '../../base/clock.ts';

/** How far a list of transactions was read. */
export interface Mark {
  /** Each reading begins after this id. */
  readonly from: number;
  /** Where readings begin once the overlap is over: what has a smaller id was committed by then. */
  readonly next: number;
  /** When `next` was the newest, on our clock. */
  readonly at: Instant;
  /** The greatest id that was given out. */
  readonly top: number;
  /** A reading that was broken off goes on after this id. */
  readonly resume: number | null;
  /** A ticket that could be seen; 0 where none could yet. */
  readonly witness: number;
}

const Id = z.int().nonnegative();
const Schema = z.object({
  from: Id,
  next: Id,
  at: z.number().nonnegative(),
  top: Id,
  resume: Id.nullable(),
  witness: Id,
}) satisfies z.ZodType<Mark>;

/** One that cannot be read is like none. */
export function readMark(mark: unknown): Mark | undefined {
  return Schema.safeParse(mark).data;
}

/** Nothing was to be seen for so long: the newest id of the queue is asked for, so that no reading goes over all that is new. */
export const QUIET_MS = 600_000;

/**
 * The mark after a whole reading. Ids are given before a transaction is
 * committed, so that a smaller one may show up after a greater one: what came
 * within the overlap is read again.
 */
export function advance(mark: Mark, now: Instant, overlapMs: number): Mark {
  const done = { ...mark, resume: null };
  if (now - mark.at < overlapMs) return done;
  return { ...done, from: mark.next, next: Math.max(mark.next, mark.top), at: now };
}
