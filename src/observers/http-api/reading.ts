import * as z from 'zod';
import type { Clock } from '../../base/clock.ts';
import type { FeedReading, FeedReadOptions } from '../feed/feed.ts';
import { unlessSpent } from '../feed/passes.ts';
import { MARGIN_MS, theirTime } from '../http/their-time.ts';
import type { ListReader } from './list.ts';
import { Position, type Requests } from './requests.ts';

/** How far a list was read. */
const Mark = z.object({
  /** Where the present pass began, on the other side's clock. */
  from: z.number(),
  /** Where the pass after an unfinished one begins. */
  next: z.number(),
  /** Where an unfinished pass goes on. */
  resume: Position.optional(),
});
type Mark = z.output<typeof Mark>;

/** What is left is read by the next look. */
const PAGES_PER_LOOK = 20;
/** A look that reads on for longer than this leaves the rest to the next one. */
const LONGEST_READING_MS = 30_000;
/** The bounds of the offset wander by less than this while both clocks run. */
const WANDER_MS = MARGIN_MS / 2;

export interface ReadingTools {
  readonly clock: Clock;
  readonly requests: Requests;
  readonly indexLagMs: number;
}

/** Reads what came since the last pass over a list, and what overlaps: lists lag, by a clock of their own. */
export async function readList(
  list: ListReader,
  tools: ReadingTools,
  options: FeedReadOptions,
): Promise<FeedReading> {
  const { clock, requests, indexLagMs } = tools;
  const startedAt = clock.now();
  const there = (at: number): number =>
    Math.max(0, theirTime(at, { offset: requests.http.offset(), indexLagMs }));
  const mark = Mark.safeParse(options.mark).data;
  const from = mark?.from ?? there(options.since);
  const rest = await readPages(list, tools, { ...options, from, start: mark?.resume });
  const next = there(startedAt);
  // A clock that was set back: what is new is dated before `from`, and was not in the list.
  const isSetBack = mark !== undefined && next < from - WANDER_MS;
  if (isSetBack) return { startedAt, mark: { from: next, next }, finished: false };
  const isFirstOfPass = mark?.resume === undefined;
  const passNext = isFirstOfPass ? next : Math.min(next, mark.next);
  const after: Mark =
    rest === undefined
      ? { from: passNext, next: passNext }
      : { from, next: passNext, resume: rest };
  // A pass over several looks began with an earlier one; the next pass is short.
  return { startedAt, mark: after, finished: rest === undefined && isFirstOfPass };
}

interface Pass extends FeedReadOptions {
  readonly from: number;
  readonly start: Position | undefined;
}

/** Answers where it has to go on; undefined at the end. */
async function readPages(
  list: ListReader,
  { clock, requests }: ReadingTools,
  { from, start, signal, take }: Pass,
): Promise<Position | undefined> {
  const startedAt = clock.now();
  let position: Position = start ?? {};
  for (let pages = 0; ; pages += 1) {
    if (pages >= PAGES_PER_LOOK || clock.now() - startedAt > LONGEST_READING_MS) return position;
    const asked = requests.page(list.view, { ...position, since: from }, signal);
    const reply = await unlessSpent(asked, pages > 0);
    if (reply === undefined) return position;
    const page = list.read(reply, position);
    for (const { item, at } of page.items) {
      if (!isOld(list, at, from)) await take(item);
    }
    const isPast = list.view.newest_first && page.items.every(({ at }) => isOld(list, at, from));
    if (page.next === undefined || isPast) return undefined;
    position = page.next;
  }
}

function isOld({ view }: ListReader, at: number | null, from: number): boolean {
  return view.newest_first && at !== null && at < from;
}
