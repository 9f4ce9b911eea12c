import * as z from 'zod';
import type { Clock, Instant } from '../../base/clock.ts';
import { MonitorError } from '../../base/errors.ts';
import type { Http } from '../http/http.ts';
import { PAGE_SIZE, type Api } from './api.ts';
import { createdAt, type Ticket } from './reply.ts';
import { seekBack, seekPage, Seek } from './seek.ts';

/** How far the list of tickets was read. */
const Mark = z.union([
  z.object({
    /** All tickets up to this number were read, and none of them can still appear. */
    settled: z.int().nonnegative(),
    /** Where the tickets after it begin, unless some before them are deleted. */
    page: z.int().positive(),
  }),
  /** Where to begin is still searched for. */
  z.object({ seek: Seek }),
]);
type Mark = z.output<typeof Mark>;

/** Of {@link PAGE_SIZE} tickets. What is left is read by the next look. */
const PAGES_PER_LOOK = 20;
/** A look that reads on for longer than this leaves the rest to the next one. */
const LONGEST_READING_MS = 30_000;
/** Nothing known of the other clock: it is taken to be at most this far behind ours. */
const UNKNOWN_OFFSET_MS = 600_000;
/** A ticket gets its number before it is visible: so long its transaction may take, at most. */
const OVERLAP_MS = 120_000;

export interface ReadingTools {
  readonly clock: Clock;
  readonly api: Pick<Api, 'tickets'>;
  readonly http: Pick<Http, 'offset'>;
}

export interface ReadingOptions {
  /** Of the last reading; one that cannot be read is like none. */
  readonly mark: unknown;
  /** On our clock. */
  readonly since: Instant;
  readonly signal: AbortSignal;
  readonly take: (ticket: Ticket) => Promise<void>;
}

export interface Reading {
  readonly startedAt: Instant;
  readonly mark: Mark;
  readonly finished: boolean;
}

/**
 * Reads the list of tickets from where the last reading ended to its end. The list goes by number and
 * has no "since"; numbers become visible out of order, so the last two minutes are read again, and
 * pages move up when tickets are deleted, so where a page begins is checked.
 */
export async function readTickets(tools: ReadingTools, options: ReadingOptions): Promise<Reading> {
  const startedAt = tools.clock.now();
  const offsetMs = tools.http.offset()?.low ?? -UNKNOWN_OFFSET_MS;
  const known = Mark.safeParse(options.mark).data;
  let begin: Place;
  if (known !== undefined && 'settled' in known) begin = known;
  else {
    const from = options.since + offsetMs - OVERLAP_MS;
    const told = await seekPage(tools.api, { from, seek: known?.seek, signal: options.signal });
    if ('seek' in told) return { startedAt, mark: told, finished: false };
    begin = { settled: 0, page: told.page };
  }
  // What was found out is kept where the limit leaves nothing to read with.
  const wasSought = begin !== known;
  const run = await unlessSpent(readOn(tools, options, begin), wasSought ? 1 : 0);
  if (run?.isSteady !== true) return { startedAt, mark: run?.begin ?? begin, finished: false };
  const settledBefore = startedAt + (tools.http.offset()?.low ?? offsetMs) - OVERLAP_MS;
  return { startedAt, mark: nextMark(run.pages, run.begin, settledBefore), finished: run.isAtEnd };
}

/** Where a reading begins: as in {@link Mark}. */
interface Place {
  readonly settled: number;
  readonly page: number;
}

interface ReadPage {
  readonly page: number;
  readonly tickets: readonly Ticket[];
}

interface Run {
  /** Where it began: nearer to the first page than was asked, where tickets were deleted. */
  readonly begin: Place;
  readonly pages: readonly ReadPage[];
  readonly isAtEnd: boolean;
  /** Nothing was deleted so that tickets moved past us. */
  readonly isSteady: boolean;
}

async function readOn(
  { clock, api }: Pick<ReadingTools, 'clock' | 'api'>,
  { signal, take }: Pick<ReadingOptions, 'signal' | 'take'>,
  begin: Place,
): Promise<Run> {
  const startedAt = clock.now();
  const pages: ReadPage[] = [];
  for (let { page } = begin; ; page += 1) {
    const isEnough = pages.length >= PAGES_PER_LOOK || clock.now() - startedAt > LONGEST_READING_MS;
    if (isEnough) return { begin, pages, isAtEnd: false, isSteady: true };
    const tickets = await unlessSpent(api.tickets({ page, size: PAGE_SIZE }, signal), pages.length);
    if (tickets === undefined) return { begin, pages, isAtEnd: false, isSteady: true };
    // At the first page of a reading: tickets were deleted, so those after the mark begin before it.
    const isTooFar = page > 1 && (tickets[0]?.id ?? Infinity) > begin.settled && begin.settled > 0;
    if (pages.length === 0 && isTooFar) {
      const back = await seekBack(api, { ...begin, signal });
      const nearer = { settled: begin.settled, page: back.page };
      const read = (): Promise<Run> => readOn({ clock, api }, { signal, take }, nearer);
      const run = back.isFound ? await unlessSpent(read(), 1) : undefined;
      return run ?? { begin: nearer, pages, isAtEnd: false, isSteady: false };
    }
    for (const ticket of tickets) await take(ticket);
    const last = pages.at(-1)?.tickets.at(-1);
    if (last !== undefined) {
      // Still in its place: then none slipped from the page before into this one when something was deleted.
      const position = (page - 1) * PAGE_SIZE;
      const there = await unlessSpent(
        api.tickets({ page: position, size: 1 }, signal),
        pages.length,
      );
      // Unknown: this page is read again by the next look.
      if (there === undefined) return { begin, pages, isAtEnd: false, isSteady: true };
      if (there[0]?.id !== last.id) return { begin, pages, isAtEnd: false, isSteady: false };
    }
    pages.push({ page, tickets });
    if (tickets.length < PAGE_SIZE) return { begin, pages, isAtEnd: true, isSteady: true };
  }
}

/** From the oldest ticket on that may not be the last of its time. */
function nextMark(pages: readonly ReadPage[], begin: Place, settledBefore: Instant): Place {
  const isSettled = (ticket: Ticket): boolean => (createdAt(ticket) ?? Infinity) < settledBefore;
  const read = pages.flatMap(({ tickets }) => tickets);
  const unsettled = read.findIndex((ticket) => !isSettled(ticket));
  const settled = (unsettled < 0 ? read.at(-1) : read[unsettled - 1])?.id ?? 0;
  if (settled <= begin.settled) return begin;
  const home = pages.findLast(({ tickets }) => (tickets[0]?.id ?? Infinity) <= settled);
  return { settled, page: home?.page ?? begin.page };
}

/** Undefined where the limit of requests is used up: what was read counts, and the next look goes on. */
async function unlessSpent<T>(asked: Promise<T>, before: number): Promise<T | undefined> {
  try {
    return await asked;
  } catch (error) {
    const isSpent = error instanceof MonitorError && error.reason === 'rate-limited';
    if (isSpent && before > 0) return undefined;
    throw error;
  }
}
