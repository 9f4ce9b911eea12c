import * as z from 'zod';
import type { Instant } from '../../base/clock.ts';

/** What was made of a mail that carries a mark of a canary. */
export type SeenAs = 'ingested' | 'misfiled' | 'no_arrival';

export interface Seen {
  readonly as: SeenAs;
  /** When it was last in a list, on our clock. */
  readonly at: Instant;
}

/** Where the next look goes on. */
export interface Marks {
  /** Name of a view to how far it was read: the adapter's. */
  readonly views: ReadonlyMap<string, unknown>;
  /** Key of an item to what was reported of it: lists overlap, so the same mail is read again. */
  readonly seen: ReadonlyMap<string, Seen>;
}

/** Ours only, foreign mail is not remembered; 22 bytes each in every stored look. */
export const SEEN_KEPT = 500;
/** Those that are in the lists right now are kept up to here: a thousand probes have so many within the overlap. */
const SHOWN_KEPT = 5_000;

const FORMAT = 2;
const LETTERS = { i: 'ingested', m: 'misfiled', n: 'no_arrival' } as const;

const Cursor = z.object({
  format: z.literal(FORMAT),
  views: z.record(z.string(), z.unknown()),
  seen: z.array(z.tuple([z.string(), z.enum(['i', 'm', 'n']), z.number()])).max(SHOWN_KEPT),
});

/** One that cannot be read is like none. */
export function readCursor(cursor: unknown): Marks {
  const parsed = Cursor.safeParse(cursor);
  if (!parsed.success) return { views: new Map(), seen: new Map() };
  const { views, seen } = parsed.data;
  const entries = seen.map(([key, letter, seconds]): [string, Seen] => [
    key,
    { as: LETTERS[letter], at: seconds * 1_000 },
  ]);
  return { views: new Map(Object.entries(views)), seen: new Map(entries) };
}

/** `startedAt`: of the look; what was in its lists is kept rather than what was not. */
export function writeCursor({ views, seen }: Marks, startedAt: Instant): unknown {
  const newest = [...seen].sort(([, a], [, b]) => b.at - a.at);
  const shown = newest.findIndex(([, { at }]) => at < startedAt);
  const kept = Math.min(SHOWN_KEPT, Math.max(SEEN_KEPT, shown < 0 ? newest.length : shown));
  return {
    format: FORMAT,
    views: Object.fromEntries(views),
    seen: newest
      .slice(0, kept)
      .map(([key, { as, at }]) => [key, as.slice(0, 1), Math.floor(at / 1_000)]),
  };
}
