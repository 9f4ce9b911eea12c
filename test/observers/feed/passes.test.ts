import fc from 'fast-check';
import { expect, it, test } from 'vitest';
import { MonitorError } from '../../../src/base/errors.ts';
import type { PassMark } from '../../../src/observers/feed/pass-mark.ts';
import {
  readPass,
  type ListPage,
  type ListQuery,
  type Pass,
} from '../../../src/observers/feed/passes.ts';
import { createFakeClock } from '../../support/fake-clock.ts';

const PAGE_SIZE = 2;
const SECOND = 1_000;

interface Thing {
  readonly id: number;
  /** What it is sorted by; the list shows whole seconds. */
  readonly madeAt: number;
}

/** A list that people change while it is read. `before` is called with how many pages were asked for. */
function createList(things: readonly Thing[], before: (asked: number) => void = () => undefined) {
  const clock = createFakeClock();
  const taken: number[] = [];
  const list = { things: [...things], asked: 0 };

  function answer({ madeFrom, page }: ListQuery): ListPage<Thing> {
    before(list.asked);
    list.asked += 1;
    const found = list.things
      .filter(({ madeAt }) => madeAt >= madeFrom)
      .sort((a, b) => a.madeAt - b.madeAt || a.id - b.id);
    const items = found.slice((page - 1) * PAGE_SIZE, page * PAGE_SIZE).map((thing) => ({
      id: String(thing.id),
      madeAt: Math.floor(thing.madeAt / SECOND) * SECOND,
      shown: thing,
    }));
    return { items, totalPages: Math.ceil(found.length / PAGE_SIZE) };
  }

  const read = (mark?: PassMark): Promise<Pass> =>
    readPass(
      {
        clock,
        http: { offset: () => undefined },
        indexLagMs: 0,
        list: (query) => Promise.resolve(query).then(answer),
      },
      {
        mark,
        since: clock.now(),
        signal: new AbortController().signal,
        take({ id }) {
          taken.push(id);
          return Promise.resolve();
        },
      },
    );
  return { list, read, taken };
}

const spent = new MonitorError('used up', { reason: 'rate-limited', retryable: true });
const apart = (count: number): Thing[] =>
  Array.from({ length: count }, (_, index) => ({ id: index, madeAt: (index + 1) * SECOND }));

it('asks once where all fits on a page, and for one page more than page numbers would where it does not', async () => {
  const [short, long] = [createList(apart(2)), createList(apart(5))];

  const passes = [await short.read(), await long.read()];

  expect(passes.map(({ finished }) => finished)).toEqual([true, true]);
  expect([short.list.asked, long.list.asked]).toEqual([1, 4]);
});

it('keeps what it read when the limit of requests ends a pass, and goes on there', async () => {
  let left = 3;
  const { read, taken } = createList(apart(6), () => {
    if (left === 0) throw spent;
    left -= 1;
  });

  const first = await read();
  left = 10;
  const second = await read(first.mark);
  const third = await read(second.mark);

  expect(first).toMatchObject({ finished: false, mark: { reached: 4 * SECOND } });
  expect(taken.slice(0, 10)).toEqual([0, 1, 1, 2, 2, 3, 3, 4, 4, 5]);
  // A pass over several looks proves nothing by itself.
  expect([second.finished, third.finished]).toEqual([false, true]);
});

it('fails where not even one page may be asked for', async () => {
  const { read } = createList(apart(5), () => {
    throw spent;
  });

  await expect(read()).rejects.toBe(spent);
});

it('reads pages of one second again, and on from there in the next look where one of them changed', async () => {
  const things = Array.from({ length: 5 }, (_, id) => ({ id, madeAt: SECOND }));
  const quiet = createList(things);
  const changed = createList(things, (asked) => {
    if (asked === 3) changed.list.things.shift();
  });

  const [untouched, first] = [await quiet.read(), await changed.read()];
  const second = await changed.read(first.mark);

  expect(untouched.finished).toBe(true);
  expect(quiet.list.asked).toBe(1 + 3 + 2);
  expect(first).toMatchObject({ finished: false, mark: { reached: SECOND } });
  expect(new Set(changed.taken)).toEqual(new Set([0, 1, 2, 3, 4]));
  expect(second.mark.reached).toBeUndefined();
});

test('whatever comes, goes and is cut off meanwhile, a pass that ended has shown all that stayed', async () => {
  const aMoment = fc.integer({ min: 2, max: 9 }).map((halves) => (halves * SECOND) / 2);
  const aChange = fc.record({
    before: fc.nat(12),
    kind: fc.constantFrom('made', 'gone', 'cut'),
    at: aMoment,
    which: fc.nat(20),
  });
  const ends = { finished: 0, later: 0, never: 0 };

  await fc.assert(
    fc.asyncProperty(
      fc.array(aMoment, { maxLength: 9 }),
      fc.array(aChange, { maxLength: 8 }),
      async (moments, changes) => {
        const things = moments.map((madeAt, id) => ({ id: 10 * id, madeAt }));
        const left = new Set(changes);
        const { list, read, taken } = createList(things, (asked) => {
          for (const change of [...left].filter(({ before }) => before === asked)) {
            left.delete(change);
            if (change.kind === 'cut') throw spent;
            // Ids of older things, too: what was modified just now may have been made long ago.
            const id = 10 * change.which + 1 + changes.indexOf(change);
            if (change.kind === 'made') list.things.push({ id, madeAt: change.at });
            else list.things.splice(change.which % Math.max(1, list.things.length), 1);
          }
        });

        const passes = await readOver(read, 4);

        const last = passes.at(-1);
        if (last === undefined || last.mark.reached !== undefined) ends.never += 1;
        else {
          ends[last.finished ? 'finished' : 'later'] += 1;
          const stayed = things.filter((thing) => list.things.includes(thing));
          expect(taken).toEqual(expect.arrayContaining(stayed.map(({ id }) => id)));
        }
      },
    ),
    { numRuns: 1_000 },
  );

  // It is no property of passes that never come to an end.
  expect(ends.finished).toBeGreaterThan(300);
  expect(ends.later).toBeGreaterThan(50);
});

/** Looks, until one has come to the end of the list. */
async function readOver(
  read: (mark?: PassMark) => Promise<Pass>,
  most: number,
): Promise<readonly Pass[]> {
  const passes: Pass[] = [];
  while (
    passes.length < most &&
    (passes.length === 0 || passes.at(-1)?.mark.reached !== undefined)
  ) {
    const pass = await read(passes.at(-1)?.mark).catch((error: unknown) => {
      if (error !== spent) throw error;
      return undefined;
    });
    if (pass !== undefined) passes.push(pass);
  }
  return passes;
}
