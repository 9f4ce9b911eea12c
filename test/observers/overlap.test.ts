import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { markAt, markOn, readFrom, type IdMark } from '../../src/observers/overlap.ts';

const OVERLAP_MS = 60_000;

function look(mark: IdMark, startedAt: number, top: bigint): IdMark {
  return markOn(mark, {
    startedAt,
    endedAt: startedAt,
    top,
    finished: true,
    overlapMs: OVERLAP_MS,
  });
}

describe('rows that become visible in any order', () => {
  it('everything above the highest id of a look that is old enough is read again', () => {
    const first = look(markAt(100n), 1_000_000, 150n);
    const second = look(first, 1_030_000, 180n);

    const third = look(second, 1_060_000, 180n);
    const fourth = look(third, 1_090_000, 180n);

    expect([first, second].map((mark) => readFrom(mark, OVERLAP_MS))).toEqual([100n, 100n]);
    expect([third, fourth].map((mark) => readFrom(mark, OVERLAP_MS))).toEqual([150n, 180n]);
  });

  it('no row is skipped that commits within the overlap after its id was given', () => {
    const rows = fc.array(
      fc.record({ given: fc.integer({ min: 0, max: 600 }), late: fc.integer({ min: 0, max: 59 }) }),
      { maxLength: 60 },
    );
    fc.assert(
      fc.property(
        rows,
        fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 5 }),
        (made, gaps) => {
          const given = made.toSorted((a, b) => a.given - b.given);
          const seen = new Set<number>();
          let mark = markAt(-1n);
          let now = 0;
          for (const gap of [...gaps, 1_000]) {
            now += gap * 1_000;
            const from = readFrom(mark, OVERLAP_MS);
            const visible = given.flatMap((row, id) =>
              (row.given + row.late) * 1_000 <= now && BigInt(id) > from ? [id] : [],
            );
            for (const id of visible) seen.add(id);
            const top = BigInt(visible.at(-1) ?? from);
            mark = look(mark, now, top > from ? top : from);
          }
          expect(seen.size).toBe(given.length);
        },
      ),
      { numRuns: 150 },
    );
  });

  it('remembers few looks, however many there are', () => {
    let mark = markAt(0n);
    for (let n = 1; n <= 1_000; n += 1) mark = look(mark, n * 1_000, BigInt(n));

    expect(mark.points.length).toBeLessThanOrEqual(10);
    expect(readFrom(mark, OVERLAP_MS)).toBeGreaterThan(900n);
  });

  it('a pass that was left off goes on where it was, and its rows are known by when it began', () => {
    const options = { overlapMs: OVERLAP_MS, finished: false };
    const half = markOn(markAt(5n), { ...options, startedAt: 1_000, endedAt: 9_000, top: 70n });
    const whole = look(half, 10_000, 90n);
    const again = markOn(whole, { ...options, startedAt: 70_000, endedAt: 78_000, top: 70n });
    const known = look(again, 79_000, 90n);

    expect(readFrom(half, OVERLAP_MS)).toBe(70n);
    expect(readFrom(whole, OVERLAP_MS)).toBe(5n);
    expect(readFrom(known, OVERLAP_MS)).toBe(70n);
  });
});
