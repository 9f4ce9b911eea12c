import type { Clock, Instant } from '../../base/clock.ts';
import { MonitorError } from '../../base/errors.ts';
import type { Http } from '../http/http.ts';
import type { Api, Page, View } from './api.ts';
import { ViewMark } from './mark.ts';
import type { Conversation, Thread } from './reply.ts';

/** Of 25 conversations. What is left is read by the next look. */
const PAGES_PER_LOOK = 20;
/** A look that reads on for longer than this leaves the rest to the next one. */
const LONGEST_READING_MS = 30_000;
/** Nothing known of the other clock: it is taken to be at most this far behind ours. */
const UNKNOWN_OFFSET_MS = 600_000;
/** The list's own clock may be this much behind the one in `Date`, and modifications may be committed late. */
const MARGIN_MS = 60_000;
/** The bounds of the offset wander by less than this while both clocks run. */
const WANDER_MS = MARGIN_MS / 2;

export interface ReadingTools {
  readonly clock: Clock;
  readonly api: Pick<Api, 'list'>;
  readonly http: Pick<Http, 'offset'>;
  readonly indexLagMs: number;
}

export interface ReadingOptions {
  readonly view: View;
  /** Of the last reading; one that cannot be read is like none. */
  readonly mark: unknown;
  /** On our clock. */
  readonly since: Instant;
  readonly signal: AbortSignal;
  /** Gets each conversation of the list; `threads` is undefined where they have to be asked for. */
  readonly take: (
    conversation: Conversation,
    threads: readonly Thread[] | undefined,
  ) => Promise<void>;
}

export interface Reading {
  readonly startedAt: Instant;
  readonly mark: ViewMark;
  /** The list was read to its end, and what it did not show was not there when the reading began. */
  readonly finished: boolean;
}

/**
 * Reads what was modified since the last pass over a list, and what overlaps:
 * a search index shows modifications late, out of order, by a clock of its own.
 */
export async function readView(tools: ReadingTools, options: ReadingOptions): Promise<Reading> {
  const { clock } = tools;
  const startedAt = clock.now();
  const mark = ViewMark.safeParse(options.mark).data;
  const from = mark?.from ?? Math.max(0, theirTime(options.since, tools));
  const firstPage = mark?.page ?? 1;
  const begun = firstPage === 1 ? BEGIN : (mark ?? BEGIN);
  const { page, total, steady, isAtEnd } = await readPages(tools, options, { ...begun, from });

  // With what the replies have taught about the other clock.
  const next = Math.max(0, theirTime(startedAt, tools));
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

interface Progress extends Pick<ViewMark, 'page' | 'total' | 'steady'> {
  readonly isAtEnd: boolean;
}

async function readPages(
  tools: ReadingTools,
  options: ReadingOptions,
  start: Pick<ViewMark, 'from' | 'page' | 'total' | 'steady'>,
): Promise<Progress> {
  const { clock, api } = tools;
  const { view, signal, take } = options;
  const startedAt = clock.now();
  let { total, steady } = start;
  for (let { page } = start; ; page += 1) {
    const isEnough =
      page >= start.page + PAGES_PER_LOOK || clock.now() - startedAt > LONGEST_READING_MS;
    if (isEnough) return { page, total, steady, isAtEnd: false };
    const answer = await nextPage(api.list({ view, from: start.from, page }, signal), page, start);
    if (answer === undefined) return { page, total, steady, isAtEnd: false };
    const { totalElements, totalPages } = answer.page.page;
    if (totalElements < total) steady = false;
    total = totalElements;
    for (const conversation of answer.page._embedded?.conversations ?? []) {
      await take(conversation, answer.threads ? conversation._embedded?.threads : undefined);
    }
    if (page >= totalPages) return { page, total, steady, isAtEnd: true };
  }
}

/** Undefined where the limit of requests is used up: what was read counts, and the next look goes on. */
async function nextPage(
  asked: Promise<Page>,
  page: number,
  start: Pick<ViewMark, 'page'>,
): Promise<Page | undefined> {
  try {
    return await asked;
  } catch (error) {
    const isSpent = error instanceof MonitorError && error.reason === 'rate-limited';
    if (isSpent && page > start.page) return undefined;
    throw error;
  }
}

/** An instant of ours at Help Scout, at the earliest, less what its list may lag and a margin. */
function theirTime(at: Instant, { http, indexLagMs }: ReadingTools): Instant {
  const offset = http.offset()?.low ?? -UNKNOWN_OFFSET_MS;
  return at + offset - indexLagMs - MARGIN_MS;
}
