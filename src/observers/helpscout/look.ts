import type { Clock, Instant } from '../../base/clock.ts';
import { MonitorError } from '../../base/errors.ts';
import { isMisfiled, type Place } from '../../domain/sighting.ts';
import type { TokenKeys } from '../../domain/token.ts';
import type { Http } from '../http/http.ts';
import type { Look, LookOptions, Mismatch, Observation } from '../observer.ts';
import type { Api, View } from './api.ts';
import { earlierCopies, type CopyMemory } from './copies.ts';
import { readCursor, writeCursor, type Marks, type Seen, type ViewMark } from './cursor.ts';
import {
  isMarked,
  isMarkedText,
  judge,
  lettersOf,
  NOT_NOW,
  originalHeaders,
  type Letter,
} from './judge.ts';
import type { Login } from './login.ts';
import { readView } from './reading.ts';
import { placeOf, type Conversation, type Thread } from './reply.ts';

export interface LookTools {
  readonly clock: Clock;
  readonly keys: TokenKeys;
  readonly api: Api;
  readonly http: Http;
  readonly login: Login;
  readonly memory: CopyMemory;
  readonly indexLagMs: number;
  readonly mailboxId: number;
}

/** What one look gathers on its way. */
interface Harvest {
  readonly observations: Observation[];
  readonly mismatches: Partial<Record<Mismatch, number>>;
  readonly seen: Map<string, Seen>;
  readonly views: Map<View, ViewMark>;
  readonly places: { readonly place: Place; readonly startedAt: Instant }[];
  /** Threads of this look: a conversation may be in both lists. */
  readonly read: Set<string>;
  sources: number;
  failure?: MonitorError;
}

interface Round {
  readonly tools: LookTools;
  readonly signal: AbortSignal;
  readonly harvest: Harvest;
}

const PLACES: Readonly<Record<View, readonly Place[]>> = {
  all: ['inbox', 'closed'],
  spam: ['spam'],
};
/** Whoever writes marks of canaries into mails makes us ask for their sources: so many a look. */
const SOURCES_PER_LOOK = 20;
/** Requests that are left for both lists, whatever else could be asked: only they prove an absence. */
const KEPT_FOR_LISTS = 6;

/**
 * Reads the conversations that a webhook named, then the list of the inbox,
 * then (unless `quick`) that of spam: a canary that is taken out of the inbox
 * meanwhile is in one of them. A quick look after a webhook reads no list; one
 * that finds copies of a canary reads all.
 *
 * @throws MonitorError when the inbox cannot be read
 */
export async function lookThrough(
  tools: LookTools,
  hooked: readonly string[],
  options: LookOptions,
): Promise<Look> {
  const { clock, http } = tools;
  const startedAt = clock.now();
  const before = http.requests();
  // Before the first list: the reply tells the clock by which lists are asked for.
  await tools.login.header(options.signal);
  const marks = readCursor(options.cursor);
  const harvest = startHarvest(marks);
  const round = { tools, signal: options.signal, harvest };
  // The others are in the list, somewhat later.
  const named = hooked.slice(0, Math.max(0, http.budget.remaining() - KEPT_FOR_LISTS));
  for (const id of named) await readConversation(round, id);
  const isQuick = options.quick === true;
  const isHookOnly = isQuick && named.length > 0;
  if (!isHookOnly) await gather(round, 'all', options.since);
  let earlier = await presentCopies(round);
  if (!isQuick || hasCopies([...earlier, ...harvest.observations])) {
    if (isHookOnly) await gather(round, 'all', options.since);
    await gatherIfPossible(harvest, () => gather(round, 'spam', options.since));
    earlier = [...earlier, ...(await presentCopies(round, earlier))];
  }
  const fresh = harvest.observations;
  tools.memory.remember(fresh);
  const offset = http.offset();
  return {
    startedAt,
    endedAt: clock.now(),
    places: harvest.places,
    complete: harvest.places.length === 3 && harvest.failure === undefined,
    observations: [...earlier, ...fresh],
    mismatches: harvest.mismatches,
    cursor: writeCursor(harvest),
    requests: http.requests() - before,
    ...(offset === undefined ? {} : { clockOffset: offset }),
    ...(harvest.failure === undefined ? {} : { failure: harvest.failure }),
  };
}

function startHarvest({ views, seen }: Marks): Harvest {
  return {
    observations: [],
    mismatches: {},
    seen: new Map(seen),
    views: new Map(views),
    places: [],
    read: new Set(),
    sources: 0,
  };
}

async function gather(round: Round, view: View, since: Instant): Promise<void> {
  const { tools, signal, harvest } = round;
  const { startedAt, mark, finished } = await readView(tools, {
    view,
    mark: harvest.views.get(view),
    since,
    signal,
    take: (conversation, threads) => takeConversation(round, conversation, threads),
  });
  harvest.views.set(view, mark);
  if (finished) harvest.places.push(...PLACES[view].map((place) => ({ place, startedAt })));
}

/** What was seen before it failed still counts; the look is not complete. */
async function gatherIfPossible(harvest: Harvest, step: () => Promise<void>): Promise<void> {
  try {
    await step();
  } catch (error) {
    if (!(error instanceof MonitorError) || error.reason === 'aborted') throw error;
    harvest.failure ??= error;
  }
}

/** What a webhook named is read directly: that does not lag. It may be of another inbox. */
async function readConversation(round: Round, id: string): Promise<void> {
  const { api, mailboxId } = round.tools;
  const conversation = await api.find(id, round.signal);
  if (conversation === undefined || conversation.mailboxId !== String(mailboxId)) return;
  await takeConversation(round, conversation, conversation._embedded?.threads);
}

async function takeConversation(
  round: Round,
  conversation: Conversation,
  embedded: readonly Thread[] | undefined,
): Promise<void> {
  const { api, keys } = round.tools;
  const isOurs = (): boolean =>
    isMarkedText(conversation.subject, keys) || isMarkedText(conversation.preview, keys);
  const threads = embedded ?? (isOurs() ? await api.threads(conversation.id, round.signal) : []);
  for (const letter of lettersOf(conversation, threads)) await takeLetter(round, letter);
}

async function takeLetter(round: Round, letter: Letter): Promise<void> {
  const { harvest, signal, tools } = round;
  const { id } = letter.thread;
  if (harvest.read.has(id)) return;
  harvest.read.add(id);
  const at = tools.clock.now();
  const known = harvest.seen.get(id);
  const as = isMisfiled(placeOf(letter.conversation)) ? 'misfiled' : 'ingested';
  if (known !== undefined) harvest.seen.set(id, { as: known.as, at });
  // One that was closed stays where people see it; only out of spam, or into it, is a move.
  if (known?.as === 'no_arrival' || known?.as === as) return;
  if (known === undefined && !isMarked(letter, tools.keys)) return;

  const isAffordable = harvest.sources < SOURCES_PER_LOOK && canSpare(tools);
  if (isAffordable) harvest.sources += 1;
  const source = isAffordable ? await originalHeaders(tools.api, letter, signal) : NOT_NOW;
  const { finding, observation } = judge(letter, source.headers, tools.keys);
  // Its headers may tell more the next time that a list shows it.
  if (observation === undefined && !source.isFinal) return;
  if (observation !== undefined) harvest.observations.push(observation);
  else if (finding.type === 'mismatch') {
    harvest.mismatches[finding.kind] = (harvest.mismatches[finding.kind] ?? 0) + 1;
  }
  harvest.seen.set(id, { as: observation === undefined ? 'no_arrival' : as, at });
}

/** What can wait is asked for only while the limit leaves enough for the lists. */
function canSpare({ http }: LookTools): boolean {
  return http.budget.remaining() > KEPT_FOR_LISTS;
}

/** Only a complete look proves that two copies are there at the same time (semantics A8). */
function hasCopies(observations: readonly Observation[]): boolean {
  return new Set(observations.map(({ token }) => token.id)).size < observations.length;
}

/** Which copies, reported before, of what is new are still there, and where; without those already `known`. */
async function presentCopies(
  round: Round,
  known: readonly Observation[] = [],
): Promise<readonly Observation[]> {
  const { harvest, tools } = round;
  const reported = new Set(known.map(({ externalId }) => externalId));
  const copies = earlierCopies(harvest.observations, tools.memory);
  const present: Observation[] = [];
  for (const copy of copies.filter(({ externalId }) => !reported.has(externalId))) {
    await gatherIfPossible(harvest, async () => {
      const [id = ''] = copy.externalId.split(':');
      const conversation = await tools.api.find(id, round.signal);
      if (conversation === undefined) return;
      present.push({ ...copy, place: placeOf(conversation) });
    });
  }
  return present;
}
