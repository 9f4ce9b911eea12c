import * as z from 'zod';
import type { Instant } from '../../base/clock.ts';
import type { View } from './api.ts';

/** How far a list was read. */
export interface ViewMark {
  /** Where the present pass over the list began: `modifiedSince`, on Help Scout's clock. */
  readonly from: Instant;
  /** The page to go on with; 1: a new pass. */
  readonly page: number;
  /** Where the pass after an unfinished one begins. */
  readonly next: Instant;
  /** Conversations in the list when its last page was read. */
  readonly total: number;
  /** Nothing was taken out of the list since the pass began: later pages would have moved up, past us. */
  readonly steady: boolean;
}

/** What was made of a thread that carries a mark of a canary. */
export type SeenAs = 'ingested' | 'misfiled' | 'no_arrival';

export interface Seen {
  readonly as: SeenAs;
  /** When it was last in a list, on our clock. */
  readonly at: Instant;
}

/** Where the next look goes on. */
export interface Marks {
  readonly views: ReadonlyMap<View, ViewMark>;
  /** Thread id to what was reported of it: lists overlap, so the same thread is read again. */
  readonly seen: ReadonlyMap<string, Seen>;
}

/** Ours only, foreign mail is not remembered; 22 bytes each in every stored look. */
export const SEEN_KEPT = 500;

const FORMAT = 1;
const LETTERS = { i: 'ingested', m: 'misfiled', n: 'no_arrival' } as const;

const Mark = z.object({
  from: z.number().nonnegative(),
  page: z.int().positive(),
  next: z.number().nonnegative(),
  total: z.int().nonnegative().default(0),
  steady: z.boolean().default(true),
});
const Cursor = z.object({
  format: z.literal(FORMAT),
  all: Mark.optional(),
  spam: Mark.optional(),
  seen: z.array(z.tuple([z.string(), z.enum(['i', 'm', 'n']), z.number()])).max(SEEN_KEPT),
});

/** One that cannot be read is like none. */
export function readCursor(cursor: unknown): Marks {
  const parsed = Cursor.safeParse(cursor);
  if (!parsed.success) return { views: new Map(), seen: new Map() };
  const { all, spam, seen } = parsed.data;
  const views = new Map<View, ViewMark>();
  if (all !== undefined) views.set('all', all);
  if (spam !== undefined) views.set('spam', spam);
  const entries = seen.map(([id, letter, seconds]): [string, Seen] => [
    id,
    { as: LETTERS[letter], at: seconds * 1_000 },
  ]);
  return { views, seen: new Map(entries) };
}

export function writeCursor({ views, seen }: Marks): unknown {
  const newest = [...seen].sort(([, a], [, b]) => b.at - a.at).slice(0, SEEN_KEPT);
  return {
    format: FORMAT,
    ...Object.fromEntries(views),
    seen: newest.map(([id, { as, at }]) => [id, as.slice(0, 1), Math.floor(at / 1_000)]),
  };
}
