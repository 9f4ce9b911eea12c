import type { Instant } from '../../base/clock.ts';
import type { Row } from './line.ts';

/** The first rows above an id. */
export type Peek = (above: bigint, limit: number) => Promise<readonly Row[]>;

/** One row's time may be anything (a mail's own Date); the middle one of so many is near the truth. */
const SAMPLE = 20;
const STEP = 16n;
/** Where times cannot be read: so many of the last ids. */
const LAST_IDS = 1_000n;

/**
 * The id above which everything came after `since`, on the database's clock, by halving: ids rise with time, and no
 * other question than the query itself has to be asked. Some sixty short questions at a first look.
 */
export async function findStart(
  peek: Peek,
  since: Instant,
  timeOf: (row: Row) => Instant | null,
): Promise<bigint> {
  const timesAbove = async (id: bigint): Promise<readonly Instant[]> =>
    (await peek(id, SAMPLE)).map(timeOf).filter((time) => time !== null);
  const isPast = async (id: bigint): Promise<boolean> => {
    const times = (await timesAbove(id)).toSorted((a, b) => a - b);
    const middle = times[Math.floor(times.length / 2)];
    return middle !== undefined && middle < since;
  };
  const hasTimes = (await timesAbove(FIRST)).length > 0;
  return hasTimes ? lastWhere(isPast) : stepBack(await findEnd(peek));
}

/** The greatest id, or one less than the least where there are no rows. */
export async function findEnd(peek: Peek): Promise<bigint> {
  return lastWhere(async (id) => (await peek(id, 1)).length > 0);
}

export function stepBack(id: bigint, by = LAST_IDS): bigint {
  return id > by ? id - by : FIRST;
}

/** Below every id: those begin with 0. */
const FIRST = -1n;

/** The smallest id, from -1 on, for which `holds` (true below, false above) does not hold. */
async function lastWhere(holds: (id: bigint) => Promise<boolean>): Promise<bigint> {
  let low = FIRST - 1n;
  let high = FIRST;
  for (let step = 1n; await holds(high); step *= STEP) [low, high] = [high, high + step];
  while (high - low > 1n) {
    const middle = low + (high - low) / 2n;
    if (await holds(middle)) low = middle;
    else high = middle;
  }
  return high;
}
