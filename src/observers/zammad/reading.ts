import * as z from 'zod';
import type { Clock, Instant } from '../../base/clock.ts';
import { MonitorError } from '../../base/errors.ts';
import type { Http } from '../http/http.ts';
import { PAGE_SIZE, type Api } from './api.ts';
import { createdAt, type Ticket } from './reply.ts';
import { seekPage, Seek } from './seek.ts';

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
  let begin: { readonly settled: number; readonly page: number };
  if (known !== undefined && 'settled' in known) begin = known;
  else {
    const from = options.since + offsetMs - OVERLAP_MS;
    const told = await seekPage(tools.api, { from, seek: known?.seek, signal: options.signal });
    if ('seek' in told) return { startedAt, mark: told, finished: false };
    begin = { settled: 0, page: told.page };
  }
  const run = await readOn(tools, options, begin);
  if (!run.isSteady) return { startedAt, mark: begin, finished: false };
  const settledBefore = startedAt + (tools.http.offset()?.low ?? offsetMs) - OVERLAP_MS;
  return { startedAt, mark: nextMark(run.pages, begin, settledBefore), finished: run.isAtEnd };
}

interface ReadPage {
  readonly page: number;
  readonly tickets: readonly Ticket[];
}

interface Run {
  readonly pages: readonly ReadPage[];
  readonly isAtEnd: boolean;
  /** Nothing was deleted so that tickets moved past us. */
  readonly isSteady: boolean;
}

async function readOn(
  { clock, api }: ReadingTools,
  { signal, take }: ReadingOptions,
  begin: { readonly settled: number; readonly page: number },
): Promise<Run> {
  const startedAt = clock.now();
  const pages: ReadPage[] = [];
  let { page } = begin;
  for (;;) {
    const isEnough = pages.length >= PAGES_PER_LOOK || clock.now() - startedAt > LONGEST_READING_MS;
    if (isEnough) return { pages, isAtEnd: false, isSteady: true };
    const tickets = await unlessSpent(api.tickets({ page, size: PAGE_SIZE }, signal), pages.length);
    if (tickets === undefined) return { pages, isAtEnd: false, isSteady: true };
    // At the first page of a reading: tickets were deleted, so those after the mark begin before it.
    const isTooFar = page > 1 && (tickets[0]?.id ?? Infinity) > begin.settled && begin.settled > 0;
    if (pages.length === 0 && isTooFar) {
      page -= 1;
      continue;
    }
    for (const ticket of tickets) await take(ticket);
    const last = pages.at(-1)?.tickets.at(-1);
    pages.push({ page, tickets });
    if (last !== undefined) {
      // Still in its place: then none slipped from the page before into this one when something was deleted.
      const position = (page - 1) * PAGE_SIZE;
      const [there] = await api.tickets({ page: position, size: 1 }, signal);
      if (there?.id !== last.id) return { pages, isAtEnd: false, isSteady: false };
    }
    if (tickets.length < PAGE_SIZE) return { pages, isAtEnd: true, isSteady: true };
    page += 1;
  }
}

/** From the oldest ticket on that may not be the last of its time. */
function nextMark(
  pages: readonly ReadPage[],
  begin: { readonly settled: number; readonly page: number },
  settledBefore: Instant,
): { readonly settled: number; readonly page: number } {
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
