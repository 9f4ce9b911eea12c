import * as z from 'zod';
import type { Clock } from '../../base/clock.ts';
import { MonitorError } from '../../base/errors.ts';
import type { TokenKeys } from '../../domain/token.ts';
import type { Feed, FeedReading, FeedReadOptions } from '../feed/feed.ts';
import type { Http } from '../http/http.ts';
import { isoSeconds } from '../http/iso-seconds.ts';
import { judgeLetter } from '../letter.ts';
import type { JmapConfig } from './config.ts';
import type { Door } from './door.ts';
import { placesOf, type RoomBook, type Rooms } from './mailboxes.ts';
import { textsOf, wanted } from './mails.ts';
import type { Push } from './push.ts';
import { Changes, Emails, Query, type Email } from './reply.ts';

export interface FeedTools {
  readonly clock: Clock;
  readonly keys: TokenKeys;
  readonly http: Pick<Http, 'requests' | 'offset'>;
  readonly door: Door;
  readonly rooms: RoomBook;
  readonly push: Pick<Push, 'drain'>;
}

/**
 * `state`: all changes up to it are known, but for what `query` has still to read:
 * mail received at or after `after`, from the `position`th on.
 */
const Mark = z.object({
  state: z.string(),
  query: z.object({ after: z.number(), position: z.int().nonnegative() }).optional(),
});
type Mark = z.output<typeof Mark>;

/** Mails in one request, and requests for mails in one look: what is beyond waits for the next one. */
const MAILS_PER_REQUEST = 250;
const REQUESTS_PER_LOOK = 4;
/** Bodies asked for in one request. */
const BODIES = 20;
/** The server's clock may be behind ours. */
const CLOCK_MARGIN_MS = 3_600_000;
/** The state is too old, or none of this server's: it restarted from a copy, say. */
const LOST = ['cannotCalculateChanges', 'invalidArguments'];

/** One view: the changes of an account are those of all its mailboxes. */
export function createJmapFeed(config: Pick<JmapConfig, 'folders'>, tools: FeedTools): Feed {
  const { http, door, rooms, push } = tools;

  /** What failed may have failed because the session, or the mailboxes, are others by now. */
  async function forgetting<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof MonitorError) || error.reason !== 'aborted') door.forget();
      throw error;
    }
  }

  return {
    views: [{ name: 'mail', places: placesOf(config) }],
    begin(signal) {
      push.drain();
      return forgetting(async () => {
        await rooms.rooms(signal);
      });
    },
    read: (_view, options) => forgetting(() => read(tools, options)),
    async locate(id, signal) {
      const args = { ids: [id], properties: ['id', 'mailboxIds'] };
      const answered = await door.ask([['Email/get', args, 'l']], signal);
      const [email] = answered.get('l', Emails).list;
      if (email === undefined) return undefined;
      return (await knownRooms(tools, [email], signal)).placeOf(email.mailboxIds);
    },
    requests: () => http.requests(),
    offset: () => http.offset(),
  };
}

async function read(tools: FeedTools, options: FeedReadOptions): Promise<FeedReading> {
  const startedAt = tools.clock.now();
  let mark = Mark.safeParse(options.mark).data;
  for (let request = 0; request < REQUESTS_PER_LOOK; request += 1) {
    const step: Step = await readOn(tools, mark, options);
    mark = step.mark;
    if (step.finished) return { startedAt, mark, finished: true };
  }
  return { startedAt, mark, finished: false };
}

interface Step {
  readonly mark: Mark;
  readonly finished: boolean;
}

async function readOn(
  tools: FeedTools,
  mark: Mark | undefined,
  options: FeedReadOptions,
): Promise<Step> {
  const { mostObjects } = await tools.door.open(options.signal);
  const limit = Math.min(MAILS_PER_REQUEST, mostObjects);
  if (mark?.query !== undefined) return readPage(tools, mark, { ...options, limit });
  const step =
    mark === undefined ? undefined : await readChanges(tools, mark, { ...options, limit });
  if (step !== undefined) return step;
  const query = { after: options.since - CLOCK_MARGIN_MS, position: 0 };
  return readPage(tools, { query }, { ...options, limit });
}

interface Limited extends FeedReadOptions {
  readonly limit: number;
}

/** Undefined where the server does not know what changed. */
async function readChanges(
  tools: FeedTools,
  { state }: Mark,
  options: Limited,
): Promise<Step | undefined> {
  const { limit, signal } = options;
  const from = { call: 'c', name: 'Email/changes' };
  const answered = await tools.door.ask(
    [
      ['Email/changes', { sinceState: state, maxChanges: limit }, 'c'],
      ['Email/get', wanted({ ...from, path: '/created' }), 'n'],
      ['Email/get', wanted({ ...from, path: '/updated' }), 'u'],
    ],
    signal,
  );
  const error = answered.errorOf('c');
  if (error !== undefined && LOST.includes(error)) return undefined;
  const changes = answered.get('c', Changes);
  const emails = [...answered.get('n', Emails).list, ...answered.get('u', Emails).list];
  await giveAll(tools, emails, options);
  return { mark: { state: changes.newState }, finished: !changes.hasMoreChanges };
}

/** What changes while pages are read is told by the state from before the first. */
async function readPage(
  tools: FeedTools,
  mark: { readonly state?: string; readonly query?: Mark['query'] },
  options: Limited,
): Promise<Step> {
  const { limit, signal } = options;
  const { after, position } = mark.query ?? { after: options.since, position: 0 };
  // RFC 8620 section 1.4: UTC, without a fraction that is zero.
  const filter = { after: isoSeconds(after) };
  const sort = [{ property: 'receivedAt', isAscending: true }];
  const answered = await tools.door.ask(
    [
      ['Email/get', { ids: [], properties: ['id'] }, 's'],
      ['Email/query', { filter, sort, position, limit }, 'q'],
      ['Email/get', wanted({ call: 'q', name: 'Email/query', path: '/ids' }), 'g'],
    ],
    signal,
  );
  const { ids, limit: given = limit } = answered.get('q', Query);
  const emails = answered.get('g', Emails).list;
  await giveAll(tools, emails, options);
  const state = mark.state ?? answered.get('s', Emails).state;
  if (ids.length < Math.min(limit, given)) return { mark: { state }, finished: true };
  return { mark: { state, query: nextPage(emails, { after, position }) }, finished: false };
}

/**
 * From the last one's second on: a mail that is deleted meanwhile moves later ones
 * up, past a position. Only within one second positions are counted.
 */
function nextPage(
  emails: readonly Email[],
  { after, position }: NonNullable<Mark['query']>,
): NonNullable<Mark['query']> {
  const last = Math.max(after, ...emails.map(({ stamp }) => stamp?.at ?? after));
  const second = Math.floor(after / 1_000) * 1_000;
  return last > second
    ? { after: last, position: 0 }
    : { after, position: position + emails.length };
}

async function giveAll(
  tools: FeedTools,
  emails: readonly Email[],
  { take, signal }: FeedReadOptions,
): Promise<void> {
  if (emails.length === 0) return;
  const rooms = await knownRooms(tools, emails, signal);
  const unclear = emails.filter(
    ({ headers }) => judgeLetter(headers, tools.keys).type === 'look-inside',
  );
  const ids = unclear.slice(0, BODIES).map(({ id }) => id);
  const texts = await textsOf(tools.door, ids, signal);
  for (const { id, mailboxIds, stamp, headers } of emails) {
    const place = rooms.placeOf(mailboxIds);
    if (place === undefined) continue;
    const text = texts.get(id) ?? '';
    await take({ externalId: id, place, stamp, headers, text, isWhole: true });
  }
}

/** Asked for again when a mail is in one that was made since. */
async function knownRooms(
  { rooms }: FeedTools,
  emails: readonly Email[],
  signal: AbortSignal,
): Promise<Rooms> {
  const known = await rooms.rooms(signal);
  if (emails.every(({ mailboxIds }) => mailboxIds.every((id) => known.has(id)))) return known;
  rooms.forget();
  return rooms.rooms(signal);
}
