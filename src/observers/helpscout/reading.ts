import type { Clock, Instant } from '../../base/clock.ts';
import type { Http } from '../http/http.ts';
import type { Api, View } from './api.ts';
import type { ViewMark } from './cursor.ts';
import type { Conversation, Thread } from './reply.ts';

/** Of 25 conversations. What is left is read by the next look. */
export const PAGES_PER_LOOK = 20;
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
  readonly mark: ViewMark | undefined;
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
  const { mark } = options;
  const from = mark?.from ?? Math.max(0, theirTime(options.since, tools));
  const firstPage = mark?.page ?? 1;
  const { page, isSteady, isAtEnd } = await readPages(tools, options, { from, firstPage });

  // With what the replies have taught about the other clock.
  const next = Math.max(0, theirTime(startedAt, tools));
  const isFirstOfPass = firstPage === 1;
  const passNext = isFirstOfPass ? next : Math.min(next, mark?.next ?? next);
  // A clock that was set back: what is new is dated before `from`, and was not in the list.
  const isSetBack = next < from - WANDER_MS && mark !== undefined;
  if (isSetBack) return { startedAt, mark: { from: next, page: 1, next }, finished: false };
  if (!isAtEnd) return { startedAt, mark: { from, page, next: passNext }, finished: false };
  if (!isSteady) return { startedAt, mark: { from, page: 1, next: passNext }, finished: false };
  return {
    startedAt,
    mark: { from: passNext, page: 1, next: passNext },
    // A pass over several looks began with an earlier one; the next pass is short.
    finished: isFirstOfPass,
  };
}

interface Progress {
  /** The page to go on with. */
  readonly page: number;
  readonly isAtEnd: boolean;
  /** Nothing was taken out of the list meanwhile: later pages would have moved up, past us. */
  readonly isSteady: boolean;
}

async function readPages(
  tools: ReadingTools,
  options: ReadingOptions,
  start: { readonly from: Instant; readonly firstPage: number },
): Promise<Progress> {
  const { clock, api } = tools;
  const { view, signal, take } = options;
  const startedAt = clock.now();
  let total = 0;
  let isSteady = true;
  for (let page = start.firstPage; ; page += 1) {
    const isEnough =
      page >= start.firstPage + PAGES_PER_LOOK || clock.now() - startedAt > LONGEST_READING_MS;
    if (isEnough) return { page, isAtEnd: false, isSteady };
    const answer = await api.list({ view, from: start.from, page }, signal);
    const { totalElements, totalPages } = answer.page.page;
    if (totalElements < total) isSteady = false;
    total = totalElements;
    for (const conversation of answer.page._embedded?.conversations ?? []) {
      const embedded = conversation._embedded?.threads;
      await take(conversation, answer.threads ? (embedded ?? []) : undefined);
    }
    if (page >= totalPages) return { page, isAtEnd: true, isSteady };
  }
}

/** An instant of ours at Help Scout, at the earliest, less what its list may lag and a margin. */
function theirTime(at: Instant, { http, indexLagMs }: ReadingTools): Instant {
  const offset = http.offset()?.low ?? -UNKNOWN_OFFSET_MS;
  return at + offset - indexLagMs - MARGIN_MS;
}
