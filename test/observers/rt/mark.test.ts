import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { advance, readMark, type Mark } from '../../../src/observers/rt/mark.ts';

const OVERLAP_MS = 60_000;
const START: Mark = { from: 0, next: 0, at: 0, top: 0, resume: null, witness: 0 };

/** A transaction: its id is given at `began`, and it can be read from `committed` on. */
interface Row {
  readonly id: number;
  readonly committed: number;
}

const rows = fc
  .array(
    fc.record({
      gapMs: fc.integer({ min: 0, max: 20_000 }),
      takesMs: fc.integer({ min: 0, max: OVERLAP_MS - 1 }),
    }),
    { maxLength: 60 },
  )
  .map((all) => {
    let began = 0;
    return all.map(({ gapMs, takesMs }, index): Row => {
      began += gapMs;
      return { id: index + 1, committed: began + takesMs };
    });
  });

describe('how far a list of transactions was read', () => {
  test('none is missed that is committed within the overlap, in whatever order and however looks are spaced', () => {
    fc.assert(
      fc.property(
        rows,
        fc.array(fc.integer({ min: 1, max: 90_000 }), { minLength: 40, maxLength: 80 }),
        (all, pauses) => {
          const seen = new Set<number>();
          let [mark, now] = [START, 0];
          for (const pause of [...pauses, 2_000_000]) {
            now += pause;
            const shown = all.filter(({ id, committed }) => id > mark.from && committed <= now);
            for (const { id } of shown) seen.add(id);
            const top = Math.max(mark.top, ...shown.map(({ id }) => id));
            mark = advance({ ...mark, top }, now, OVERLAP_MS);
          }

          expect(seen.size).toBe(all.length);
        },
      ),
    );
  });

  test('what is older than the overlap is not read again', () => {
    const read = { ...START, top: 7 };

    const once = advance(read, OVERLAP_MS, OVERLAP_MS);
    const soon = advance({ ...once, top: 9 }, OVERLAP_MS + 1, OVERLAP_MS);
    const later = advance({ ...soon, top: 12 }, 2 * OVERLAP_MS, OVERLAP_MS);

    expect([once, soon, later].map(({ from, next }) => [from, next])).toEqual([
      [0, 7],
      [0, 7],
      [7, 12],
    ]);
  });

  test('a mark that was broken off goes on, and one of another form is none', () => {
    const mark = { ...START, resume: 4 };

    expect(readMark(JSON.parse(JSON.stringify(mark)))).toEqual(mark);
    expect(advance(mark, 0, OVERLAP_MS).resume).toBeNull();
    for (const bad of [undefined, null, 7, {}, { ...mark, from: -1 }, { ...mark, next: 'x' }]) {
      expect(readMark(bad)).toBeUndefined();
    }
  });
});
