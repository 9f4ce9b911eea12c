import type { Clock, Instant } from '../../base/clock.ts';
import { MonitorError } from '../../base/errors.ts';
import type { FeedReading, FeedReadOptions } from '../feed/feed.ts';
import type { Http } from '../http/http.ts';
import { PAGE_SIZE, type Api } from './api.ts';
import { advance, QUIET_MS, type Mark } from './mark.ts';
import { MAIL_TYPES, type Transaction } from './reply.ts';

export interface ReadingTools {
  readonly clock: Clock;
  readonly api: Api;
  readonly http: Pick<Http, 'offset'>;
  readonly indexLagMs: number;
}

/** One reading of a list, by the ids of transactions. */
export interface Pass<T> {
  readonly mark: Mark;
  readonly signal: AbortSignal;
  /** Gets each page. */
  take(rows: readonly T[]): Promise<void>;
}

/** Of a hundred; what is left is read by the next look. */
const PAGES_PER_LOOK = 20;
/** Ids may be committed this late, or later in the same measure as the lag that is allowed for. */
const OVERLAP_MS = 60_000;
const OVERLAP_LAGS = 6;

export const IS_MAIL = `(${MAIL_TYPES.map((type) => `Type = '${type}'`).join(' OR ')})`;
/** A change of status, or a ticket that came from another queue. */
const IS_CHANGE = `(Type = 'Status' OR (Type = 'Set' AND Field = 'Queue'))`;
/** Tickets of canaries; the mail of others is not even asked for. */
export const IS_OURS = `TicketSubject LIKE 'mailcanary'`;

export function isInQueue(queueId: number): string {
  return `ObjectType = 'RT::Ticket' AND TicketQueue = '${queueId}'`;
}

/** Ids of rows as a condition; RT has no IN. */
export function anyOf(field: string, ids: readonly number[]): string {
  return `(${ids.map((id) => `${field} = ${id}`).join(' OR ')})`;
}

export interface PassReading extends FeedReading {
  readonly mark: Mark;
}

/** Reads what came and what changed since, and what overlaps. */
export async function readPass(tools: ReadingTools, pass: Pass<Transaction>): Promise<PassReading> {
  const { api } = tools;
  const { id: queueId } = await api.queue(pass.signal);
  let { witness } = pass.mark;
  const reading = await readPages(tools, {
    ...pass,
    page: (after) => {
      const condition = `id > ${after} AND ${isInQueue(queueId)} AND ${IS_OURS} AND (${IS_MAIL} OR ${IS_CHANGE})`;
      return api.transactions(condition, { order: 'ASC', count: PAGE_SIZE }, pass.signal);
    },
    idOf: ({ id }) => id,
    async take(rows) {
      await pass.take(rows);
      witness = rows.at(-1)?.ticketId ?? witness;
    },
  });
  return { ...reading, mark: { ...reading.mark, witness } };
}

/** Reads the ids of transactions, of any queue, whose mail names us in its headers. */
export function readMarked(tools: ReadingTools, pass: Pass<number>): Promise<PassReading> {
  return readPages(tools, {
    ...pass,
    page: (after) => tools.api.marked(after, pass.signal),
    idOf: (id) => id,
  });
}

interface Pages<T> extends Pass<T> {
  readonly page: (after: number) => Promise<readonly T[]>;
  readonly idOf: (row: T) => number;
}

/** Page by page: ids are the only order that never jumps. */
async function readPages<T>(tools: ReadingTools, pass: Pages<T>): Promise<PassReading> {
  const startedAt = tools.clock.now();
  const { mark, idOf, signal } = pass;
  let position = mark.resume ?? mark.from;
  let { top } = mark;
  for (let pages = 0; ; pages += 1) {
    const rows = await nextPage(() => pass.page(position), pages);
    if (rows === undefined) {
      return { startedAt, mark: { ...mark, top, resume: position }, finished: false };
    }
    await pass.take(rows);
    const last = rows.at(-1);
    position = last === undefined ? position : idOf(last);
    top = Math.max(top, position);
    if (rows.length < PAGE_SIZE) break;
  }
  const read = await pastQuiet(tools, { ...mark, top }, signal);
  const overlapMs = Math.max(OVERLAP_MS, OVERLAP_LAGS * tools.indexLagMs);
  // One that was broken off began with an earlier look; the next one is short.
  const finished = mark.resume === null;
  return { startedAt, mark: advance(read, startedAt, overlapMs), finished };
}

/** Undefined where it is enough, or our limit of requests is used up: what was read counts, and the next look goes on. */
async function nextPage<T>(
  ask: () => Promise<readonly T[]>,
  pages: number,
): Promise<readonly T[] | undefined> {
  if (pages === PAGES_PER_LOOK) return undefined;
  try {
    return await ask();
  } catch (error) {
    const isSpent = error instanceof MonitorError && error.reason === 'rate-limited';
    if (isSpent && pages > 0) return undefined;
    throw error;
  }
}

/** All that a condition gives, oldest first. */
export async function readAll(
  api: Pick<Api, 'transactions'>,
  condition: string,
  signal: AbortSignal,
): Promise<readonly Transaction[]> {
  const all: Transaction[] = [];
  for (;;) {
    const wish = { order: 'ASC', count: PAGE_SIZE } as const;
    const rows = await api.transactions(
      `id > ${all.at(-1)?.id ?? 0} AND ${condition}`,
      wish,
      signal,
    );
    all.push(...rows);
    if (rows.length < PAGE_SIZE) return all;
  }
}

/** In a busy queue without canaries the list grows, unless it begins anew. */
async function pastQuiet(
  { clock, api }: ReadingTools,
  mark: Mark,
  signal: AbortSignal,
): Promise<Mark> {
  if (clock.now() - mark.at < QUIET_MS || mark.top > mark.next) return mark;
  const { id: queueId } = await api.queue(signal);
  const newest = await newestOf(api, isInQueue(queueId), signal);
  return { ...mark, top: Math.max(mark.top, newest?.id ?? 0) };
}

/** Undefined where the user can see none. */
export async function newestOf(
  api: Pick<Api, 'transactions'>,
  condition: string,
  signal: AbortSignal,
): Promise<Transaction | undefined> {
  return (await api.transactions(condition, { order: 'DESC', count: 1 }, signal))[0];
}

/** Dates in a condition are of the time zone that RT has for its user, which may be anywhere. */
const ZONES_MS = 12 * 3_600_000;
/** Nothing known of the other clock: it is taken to be at most this far behind ours. */
const UNKNOWN_OFFSET_MS = 600_000;
const MARGIN_MS = 60_000;

/** Where to begin: the date is asked for once, roughly, and then the ids are read back from the newest. */
export async function firstMark(
  { clock, api, http }: ReadingTools,
  { since, signal }: Pick<FeedReadOptions, 'since' | 'signal'>,
): Promise<Mark> {
  const at = clock.now();
  const { id: queueId } = await api.queue(signal);
  const theirs = Math.max(0, since + (http.offset()?.low ?? -UNKNOWN_OFFSET_MS) - MARGIN_MS);
  const inQueue = isInQueue(queueId);
  const newest = await newestOf(api, inQueue, signal);
  const before = `${inQueue} AND Created < '${sqlDate(theirs - ZONES_MS)}'`;
  const lowest = (await newestOf(api, before, signal))?.id ?? 0;
  const from = await readBack(api, `${inQueue} AND ${IS_OURS} AND ${IS_MAIL}`, {
    lowest,
    theirs,
    signal,
  });
  const next = Math.max(from, newest?.id ?? 0);
  return { from, next, at, top: from, resume: null, witness: newest?.ticketId ?? 0 };
}

/** The newest canary that is too old; `lowest` where there is none, or where more came since than a look reads. */
async function readBack(
  api: Api,
  condition: string,
  options: { readonly lowest: number; readonly theirs: Instant; readonly signal: AbortSignal },
): Promise<number> {
  const { lowest, theirs, signal } = options;
  const isOld = ({ created }: Transaction): boolean => Date.parse(created) < theirs;
  let bounds = `id > ${lowest}`;
  for (let pages = 0; pages < PAGES_PER_LOOK; pages += 1) {
    const wish = { order: 'DESC', count: PAGE_SIZE } as const;
    const rows = await api.transactions(`${bounds} AND ${condition}`, wish, signal);
    const old = rows.find(isOld);
    if (old !== undefined) return old.id;
    if (rows.length < PAGE_SIZE) break;
    bounds = `id > ${lowest} AND id < ${rows.at(-1)?.id ?? 0}`;
  }
  return lowest;
}

function sqlDate(at: Instant): string {
  return new Date(Math.max(0, at)).toISOString().slice(0, 19).replace('T', ' ');
}
