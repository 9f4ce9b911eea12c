import type { Clock, Instant } from '../../base/clock.ts';
import { MonitorError } from '../../base/errors.ts';
import type { FeedReading, FeedReadOptions } from '../feed/feed.ts';
import { IdMark, markAt, markOn, readFrom } from '../overlap.ts';
import { readInstant } from '../time-text.ts';
import type { SqlConfig } from './config.ts';
import type { IdMemory } from './ids.ts';
import type { Row } from './line.ts';
import { readMail, type Mail } from './rows.ts';
import type { SqlSession } from './session.ts';
import { findStart } from './start.ts';
import { writeQuery } from './statement.ts';

const ROWS_PER_PAGE = 200;
/** What is left is read by the next look. */
const PAGES_PER_LOOK = 25;
/** A look that reads on for longer than this leaves the rest to the next one. */
const LONGEST_READING_MS = 30_000;
/** The times of rows may be written before their transaction begins, by another machine's clock. */
const MARGIN_MS = 60_000;

export interface ReadingTools {
  readonly clock: Clock;
  readonly config: SqlConfig;
  readonly session: SqlSession;
  readonly ids: IdMemory;
}

/** Reads the rows that are new, and again those that were new lately: one with a smaller id may become visible later. */
export async function readRows(
  tools: ReadingTools,
  options: FeedReadOptions,
): Promise<FeedReading> {
  const { clock, config } = tools;
  const { signal, take } = options;
  const startedAt = clock.now();
  const { overlapMs } = config;
  const mark = IdMark.safeParse(options.mark).data ?? markAt(await begin(tools, options));
  let top = readFrom(mark, overlapMs);
  let finished = false;
  for (let page = 0; page < PAGES_PER_LOOK && !finished; page += 1) {
    if (clock.now() - startedAt > LONGEST_READING_MS) break;
    const mails = await readPage(tools, top, signal);
    for (const mail of mails) {
      tools.ids.note(mail);
      await take(mail.item);
    }
    top = mails.at(-1)?.id ?? top;
    finished = mails.length < ROWS_PER_PAGE;
  }
  return {
    startedAt,
    mark: markOn(mark, { startedAt, endedAt: clock.now(), top, finished, overlapMs }),
    // A pass over several looks began with an earlier one; the next pass is short.
    finished: finished && mark.pass === undefined,
  };
}

async function begin(tools: ReadingTools, { since, signal }: FeedReadOptions): Promise<bigint> {
  const { session, config } = tools;
  const from = since + (session.offset()?.low ?? 0) - MARGIN_MS - 2 * config.quantumMs;
  return findStart(
    (above, limit) => peekRows(tools, { above, limit }, signal),
    from,
    (row) => timeOf(row, tools),
  );
}

export function timeOf(row: Row, { session }: ReadingTools): Instant | null {
  return readInstant(row['created_at'] ?? '', session.form());
}

/** Rows above an id, as they are. @throws MonitorError */
export function peekRows(
  { config, session }: ReadingTools,
  { above, limit }: { readonly above: bigint; readonly limit: number },
  signal: AbortSignal,
): Promise<readonly Row[]> {
  return session.ask(writeQuery(config.query, { cursor: above, limit }), signal);
}

async function readPage(
  tools: ReadingTools,
  above: bigint,
  signal: AbortSignal,
): Promise<readonly Mail[]> {
  const rows = await peekRows(tools, { above, limit: ROWS_PER_PAGE }, signal);
  const { config, session } = tools;
  const mails = rows.map((row) => readMail(row, config, session.form()));
  let last = above;
  for (const { id } of mails) {
    if (id <= last) throw notAscending(session.what);
    last = id;
  }
  return mails;
}

/** Such a query would skip rows, or never end. */
function notAscending(what: string): MonitorError {
  return new MonitorError(
    `${what}: the query's rows are not those above :cursor in the order of a unique id`,
    { reason: 'config', retryable: false },
  );
}
