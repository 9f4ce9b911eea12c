import * as z from 'zod';
import type { Instant } from '../base/clock.ts';

/** A whole number of any size, in digits. */
export const Digits = z.string().regex(/^-?\d{1,19}$/);

/**
 * How far rows with ascending ids were read. An id is given before its row can be seen, and rows become visible in any
 * order, so what is read again is everything above the highest id of a look that began long enough before the last one.
 */
export const IdMark = z.object({
  /** When looks ended, with the highest id that they had seen, oldest first: up to the first everything was there. */
  points: z.array(z.tuple([z.number(), Digits])).min(1),
  /** When the last pass that came to an end began: what was visible then is known. */
  seenAt: z.number(),
  /** A pass that a look had to leave off: when it began, and where it goes on. */
  pass: z.object({ began: z.number(), id: Digits }).optional(),
});
export type IdMark = z.output<typeof IdMark>;

/** Points are no closer together than this part of the overlap, so that there are few of them. */
const SPACING = 8;

/** Nothing above `id` was read yet. */
export function markAt(id: bigint): IdMark {
  return { points: [[0, String(id)]], seenAt: 0 };
}

/** Rows above this id are to be read. */
export function readFrom(mark: IdMark, overlapMs: number): bigint {
  const { points, pass } = mark;
  return BigInt(pass?.id ?? points[settledPoint(mark, overlapMs)]?.[1] ?? 0);
}

/** The last point whose rows were all visible to the last pass, however late they were. */
function settledPoint(
  { points, seenAt }: Pick<IdMark, 'points' | 'seenAt'>,
  overlapMs: number,
): number {
  return Math.max(
    0,
    points.findLastIndex(([at]) => at <= seenAt - overlapMs),
  );
}

export interface IdLook {
  readonly startedAt: Instant;
  readonly endedAt: Instant;
  /** The highest id that was read. */
  readonly top: bigint;
  /** It has read to the end. */
  readonly finished: boolean;
  readonly overlapMs: number;
}

export function markOn(before: IdMark, look: IdLook): IdMark {
  const { startedAt, endedAt, top, finished, overlapMs } = look;
  const { points } = before;
  const began = before.pass?.began ?? startedAt;
  const seenAt = finished ? began : before.seenAt;
  const kept = points.slice(settledPoint({ points, seenAt }, overlapMs));
  const last = kept.at(-1) ?? [0, '0'];
  const isNew = top > BigInt(last[1]) && endedAt - last[0] >= overlapMs / SPACING;
  const next: IdMark['points'] = isNew ? [...kept, [endedAt, String(top)]] : kept;
  const mark = { points: next, seenAt };
  return finished ? mark : { ...mark, pass: { began, id: String(top) } };
}
