import type { Clock, Instant } from '../../base/clock.ts';
import { MonitorError } from '../../base/errors.ts';
import type { Http } from '../http/http.ts';
import { MARGIN_MS, theirTime } from '../http/their-time.ts';
import { PassMark } from './pass-mark.ts';

/** What is left is read by the next look. */
const PAGES_PER_LOOK = 40;
/** A look that reads on for longer than this leaves the rest to the next one. */
const LONGEST_READING_MS = 30_000;
/** The bounds of the offset wander by less than this while both clocks run. */
const WANDER_MS = MARGIN_MS / 2;

/** One page of a list of what was modified since an instant, sorted by something that never changes. */
export interface ListPage<T> {
  readonly items: readonly T[];
  /** In the whole list. */
  readonly total: number;
  readonly totalPages: number;
}

export interface PassTools<T> {
  readonly clock: Clock;
  readonly http: Pick<Http, 'offset'>;
  /** How far the list may lag behind. */
  readonly indexLagMs: number;
  /** `from`: on the clock of the system. Pages count from 1. */
  readonly list: (
    query: { readonly from: Instant; readonly page: number },
    signal: AbortSignal,
  ) => Promise<ListPage<T>>;
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
  const firstPage = mark?.page ?? 1;
  const begun = firstPage === 1 ? BEGIN : (mark ?? BEGIN);
  const { page, total, steady, isAtEnd } = await readPages(tools, options, { ...begun, from });

  // With what the replies have taught about the other clock.
  const next = Math.max(0, there(startedAt));
  const isFirstOfPass = firstPage === 1;
  const passNext = isFirstOfPass ? next : Math.min(next, mark?.next ?? next);
  // A clock that was set back: what is new is dated before `from`, and was not in the list.
  const isSetBack = next < from - WANDER_MS && mark !== undefined;
  if (isSetBack) return { startedAt, mark: { ...BEGIN, from: next, next }, finished: false };
  if (!isAtEnd) {
    return { startedAt, mark: { from, page, next: passNext, total, steady }, finished: false };
  }
  if (!steady) return { startedAt, mark: { ...BEGIN, from, next: passNext }, finished: false };
  return {
    startedAt,
    mark: { ...BEGIN, from: passNext, next: passNext },
    // A pass over several looks began with an earlier one; the next pass is short.
    finished: isFirstOfPass,
  };
}

/** Of a pass over a list. */
const BEGIN = { page: 1, total: 0, steady: true } as const;

interface Progress extends Pick<PassMark, 'page' | 'total' | 'steady'> {
  readonly isAtEnd: boolean;
}

async function readPages<T>(
  tools: PassTools<T>,
  options: PassOptions<T>,
  start: Pick<PassMark, 'from' | 'page' | 'total' | 'steady'>,
): Promise<Progress> {
  const { clock, list } = tools;
  const { signal, take } = options;
  const startedAt = clock.now();
  let { total, steady } = start;
  for (let { page } = start; ; page += 1) {
    const isEnough =
      page >= start.page + PAGES_PER_LOOK || clock.now() - startedAt > LONGEST_READING_MS;
    if (isEnough) return { page, total, steady, isAtEnd: false };
    const answer = await unlessSpent(list({ from: start.from, page }, signal), page > start.page);
    if (answer === undefined) return { page, total, steady, isAtEnd: false };
    if (answer.total < total) steady = false;
    total = answer.total;
    for (const item of answer.items) await take(item);
    if (page >= answer.totalPages) return { page, total, steady, isAtEnd: true };
  }
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
