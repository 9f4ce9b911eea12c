import type { Clock, Instant } from '../../base/clock.ts';
import { MonitorError } from '../../base/errors.ts';
import type { Http } from '../http/http.ts';
import { MARGIN_MS, theirTime } from '../http/their-time.ts';
import { PassMark } from './pass-mark.ts';

/** Requests for a list. What is left is read by the next look. */
const REQUESTS_PER_LOOK = 40;
/** A look that reads on for longer than this leaves the rest to the next one. */
const LONGEST_READING_MS = 30_000;
/** The bounds of the offset wander by less than this while both clocks run. */
const WANDER_MS = MARGIN_MS / 2;

/** What is asked of a list that is sorted by the instant at which its things were made, which never changes. */
export interface ListQuery {
  /** Modified at this instant or later, on the list's clock. */
  readonly from: Instant;
  /** Made at this instant or later, on the list's clock, by whole seconds; 0: whenever. */
  readonly madeFrom: Instant;
  /** Of those, from 1. */
  readonly page: number;
}

export interface Listed<T> {
  readonly id: string;
  /** When it was made, as the list says; whole seconds are enough. NaN where that cannot be read. */
  readonly madeAt: Instant;
  readonly shown: T;
}

export interface ListPage<T> {
  readonly items: readonly Listed<T>[];
  /** Of what was asked for. */
  readonly totalPages: number;
}

export interface PassTools<T> {
  readonly clock: Clock;
  readonly http: Pick<Http, 'offset'>;
  /** How far the list may lag behind. */
  readonly indexLagMs: number;
  readonly list: (query: ListQuery, signal: AbortSignal) => Promise<ListPage<T>>;
}

export interface PassOptions<T> {
  /** Of the last reading; one that cannot be read is like none. */
  readonly mark: unknown;
  /** On our clock. */
  readonly since: Instant;
  readonly signal: AbortSignal;
  readonly take: (item: T) => Promise<void>;
}

export interface Pass {
  readonly startedAt: Instant;
  readonly mark: PassMark;
  /** The list was read to its end, and what it did not show was not there when the reading began. */
  readonly finished: boolean;
}

/**
 * Reads what was modified since the last pass over a list, and what overlaps:
 * a search index shows modifications late, out of order, by a clock of its own,
 * and whole seconds hide the order within one.
 */
export async function readPass<T>(tools: PassTools<T>, options: PassOptions<T>): Promise<Pass> {
  const { clock } = tools;
  const startedAt = clock.now();
  const { http, indexLagMs } = tools;
  const there = (at: Instant): number => theirTime(at, { offset: http.offset(), indexLagMs });
  const mark = PassMark.safeParse(options.mark).data;
  const from = mark?.from ?? Math.max(0, there(options.since));
  const reached = await readPages(tools, options, { from, start: mark?.reached ?? 0 });

  // With what the replies have taught about the other clock.
  const next = Math.max(0, there(startedAt));
  const isFirstOfPass = mark?.reached === undefined;
  const passNext = isFirstOfPass ? next : Math.min(next, mark.next);
  // A clock that was set back: what is new is dated before `from`, and was not in the list.
  const isSetBack = next < from - WANDER_MS && mark !== undefined;
  if (isSetBack) return { startedAt, mark: { from: next, next }, finished: false };
  if (reached !== undefined) {
    return { startedAt, mark: { from, next: passNext, reached }, finished: false };
  }
  return {
    startedAt,
    mark: { from: passNext, next: passNext },
    // A pass over several looks began with an earlier one; the next pass is short.
    finished: isFirstOfPass,
  };
}

type Ask<T> = (query: Pick<ListQuery, 'madeFrom' | 'page'>) => Promise<ListPage<T> | undefined>;

/**
 * Answers where it has to go on; undefined at the end. Pages are not counted through: what is taken out of a list moves
 * all that is behind it up, past the end of a page that was read already, whatever is added elsewhere. So the next page
 * begins with the second in which the last thing was made. One reply shows all that is in the list from there to its own
 * end, and what is made does not move: whatever stays in the list is in one of the replies.
 */
async function readPages<T>(
  { clock, list }: PassTools<T>,
  { signal, take }: PassOptions<T>,
  { from, start }: { readonly from: Instant; readonly start: Instant },
): Promise<Instant | undefined> {
  const startedAt = clock.now();
  let asked = 0;
  const ask: Ask<T> = async (query) => {
    const isEnough = asked >= REQUESTS_PER_LOOK || clock.now() - startedAt > LONGEST_READING_MS;
    if (isEnough) return undefined;
    const page = await unlessSpent(list({ from, ...query }, signal), asked > 0);
    asked += 1;
    for (const { shown } of page?.items ?? []) await take(shown);
    return page;
  };
  for (let reached = start; ;) {
    const next = await readOn(ask, reached);
    if (next === undefined) return reached;
    if (next === 'end') return undefined;
    reached = next;
  }
}

/**
 * One page, or more where a whole page was made within the second `reached`, whose things only page numbers part: those
 * pages are read twice, and show the same things unless some went. Answers up to when things were read; undefined where
 * that cannot be said.
 */
async function readOn<T>(ask: Ask<T>, reached: Instant): Promise<Instant | 'end' | undefined> {
  const pages: (readonly string[])[] = [];
  for (let page = 1; ; page += 1) {
    const answer = await ask({ madeFrom: reached, page });
    if (answer === undefined) return undefined;
    const last = answer.items.at(-1)?.madeAt ?? Number.NaN;
    const isEnd = page >= answer.totalPages;
    if (isEnd || last > reached) {
      return (await areThere(ask, reached, pages)) ? (isEnd ? 'end' : last) : undefined;
    }
    pages.push(answer.items.map(({ id }) => id));
  }
}

async function areThere<T>(
  ask: Ask<T>,
  madeFrom: Instant,
  pages: readonly (readonly string[])[],
): Promise<boolean> {
  const ids = pages.flat();
  if (new Set(ids).size < ids.length) return false;
  for (const [index, known] of pages.entries()) {
    const again = await ask({ madeFrom, page: index + 1 });
    if (again?.items.map(({ id }) => id).join() !== known.join()) return false;
  }
  return true;
}

/** Undefined where the limit of requests is used up: what was read counts, and the next look goes on. */
export async function unlessSpent<T>(
  asked: Promise<T>,
  isLaterPage: boolean,
): Promise<T | undefined> {
  try {
    return await asked;
  } catch (error) {
    const isSpent = error instanceof MonitorError && error.reason === 'rate-limited';
    if (isSpent && isLaterPage) return undefined;
    throw error;
  }
}
