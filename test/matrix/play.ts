import { messageOf } from '../../src/base/errors.ts';
import type { VirtualClock } from '../../src/base/virtual-clock.ts';
import { loadConnection } from '../../src/senders/smtp/dialogue.ts';
import { loadMime } from '../../src/senders/smtp/mime.ts';
import type { Cell } from './cells.ts';
import { play } from './bench.ts';
import { differences, rowOf, type Row } from './compare.ts';
import { runPaced } from './pace.ts';

export interface Played {
  readonly cell: Cell;
  /** Undefined: it did not come to its end. */
  readonly row: Row | undefined;
  /** None: as expected. */
  readonly differences: readonly string[];
}

/** With more at once a busy machine would need longer for a step of the clock than the libraries' own timers wait. */
const AT_ONCE = 48;

/** Plays cells, many at a time, each over sockets of its own; `hear` gets each as it ends. */
export async function playAll(
  cells: readonly Cell[],
  hear: (played: Played) => void = () => undefined,
): Promise<readonly Played[]> {
  // What is loaded from the disk, the clock would not wait for.
  await Promise.all([import('imapflow'), loadConnection(), loadMime()]);
  const played: Played[] = [];
  for (let from = 0; from < cells.length; from += AT_ONCE) {
    const some = cells.slice(from, from + AT_ONCE);
    const done = await runPaced((clock) =>
      Promise.all(
        some.map(async (cell) => {
          const one = await playOne(cell, clock);
          hear(one);
          return one;
        }),
      ),
    );
    played.push(...done);
  }
  return played;
}

async function playOne(cell: Cell, clock: VirtualClock): Promise<Played> {
  try {
    const seen = await play(cell, clock);
    return { cell, row: rowOf(cell, seen), differences: differences(cell, seen) };
  } catch (error) {
    return { cell, row: undefined, differences: [messageOf(error)] };
  }
}
