import type { Clock, Instant } from '../../base/clock.ts';
import { MonitorError } from '../../base/errors.ts';
import { isMisfiled, type Place } from '../../domain/sighting.ts';
import type { TokenKeys } from '../../domain/token.ts';
import type { Look, LookOptions, Mismatch, Observation } from '../observer.ts';
import { earlierCopies, type CopyMemory } from './copies.ts';
import { readCursor, writeCursor, type Marks, type Seen } from './cursor.ts';
import type { Feed, FeedItem, FeedView } from './feed.ts';
import { isMarked, judge, NOT_NOW, sourceOf } from './judge.ts';
import type { Ration } from './ration.ts';

export interface LookTools {
  readonly clock: Clock;
  readonly keys: TokenKeys;
  readonly feed: Feed;
  readonly memory: CopyMemory;
  readonly ration: Ration;
}

/** What one look gathers on its way. */
interface Harvest {
  readonly observations: Observation[];
  readonly mismatches: Partial<Record<Mismatch, number>>;
  readonly seen: Map<string, Seen>;
  readonly marks: Map<string, unknown>;
  readonly places: { readonly place: Place; readonly startedAt: Instant }[];
  /** Mails of this look: one may be in several lists. */
  readonly read: Set<string>;
  sources: number;
  /** Requests for anything but lists. */
  others: number;
  failure?: MonitorError;
}

interface Round {
  readonly tools: LookTools;
  readonly signal: AbortSignal;
  readonly since: Instant;
  readonly harvest: Harvest;
}

/** Whoever writes marks of canaries into mails makes us ask for their sources: so many a look. */
const SOURCES_PER_LOOK = 20;

/**
 * Reads what webhooks named, then the first list, then (unless `quick`) the
 * others: a canary that is taken out of one meanwhile is in a later one. A quick
 * look after a webhook reads no list; one that finds copies of a canary reads all.
 *
 * @throws MonitorError when the first list cannot be read
 */
export async function lookThrough(
  tools: LookTools,
  hooked: readonly string[],
  options: LookOptions,
): Promise<Look> {
  const { clock, feed } = tools;
  const startedAt = clock.now();
  const before = feed.requests();
  const { signal, since, cursor } = options;
  const harvest = startHarvest(readCursor(cursor));
  const round = { tools, signal, since, harvest };
  await feed.begin?.(signal);
  // The others are in the list, somewhat later.
  const named = hooked.slice(0, spareOf(tools));
  const take = (item: FeedItem): Promise<void> => takeItem(round, item);
  for (const id of named) {
    await apart(round, async () => feed.named?.(id, { signal, take }));
  }
  const earlier = await gatherAll(round, {
    isQuick: options.quick === true,
    isHooked: named.length > 0,
  });
  const fresh = harvest.observations;
  tools.memory.remember(fresh);
  const lists = feed.requests() - before - harvest.others;
  if (harvest.marks.size > 0 && lists > 0) tools.ration.noteLists(startedAt, lists);
  const offset = feed.offset?.();
  return {
    startedAt,
    endedAt: clock.now(),
    places: harvest.places,
    complete: isComplete(feed, harvest),
    observations: [...earlier, ...fresh],
    mismatches: harvest.mismatches,
    cursor: writeCursor({ views: harvest.marks, seen: harvest.seen }, startedAt),
    requests: feed.requests() - before,
    ...(offset === undefined ? {} : { clockOffset: offset }),
    ...(harvest.failure === undefined ? {} : { failure: harvest.failure }),
  };
}

/** Requests that may be made for what can wait. */
function spareOf({ feed, ration }: LookTools): number {
  return Math.max(0, Math.min(feed.spare?.() ?? Infinity, ration.left()));
}

/** Work whose requests are not for a list. */
async function apart<T>({ tools, harvest }: Round, work: () => Promise<T>): Promise<T> {
  const [before, known] = [tools.feed.requests(), harvest.others];
  try {
    return await work();
  } finally {
    const spent = tools.feed.requests() - before - (harvest.others - known);
    harvest.others += spent;
    tools.ration.noteOther(spent);
  }
}

function startHarvest({ views, seen }: Marks): Harvest {
  return {
    observations: [],
    mismatches: {},
    seen: new Map(seen),
    marks: new Map(views),
    places: [],
    read: new Set(),
    sources: 0,
    others: 0,
  };
}

function isComplete(feed: Feed, { places, failure }: Harvest): boolean {
  const read = new Set(places.map(({ place }) => place));
  const isRead = feed.views.every((view) => view.places.every((place) => read.has(place)));
  return isRead && failure === undefined;
}

/** Reads the lists, and answers with the copies of what is new that were reported before and are still there. */
async function gatherAll(
  round: Round,
  { isQuick, isHooked }: { readonly isQuick: boolean; readonly isHooked: boolean },
): Promise<readonly Observation[]> {
  const { harvest, tools } = round;
  const [first, ...others] = tools.feed.views;
  if (first === undefined) return [];
  const isHookOnly = isQuick && isHooked;
  if (!isHookOnly) await gather(round, first);
  let earlier = await presentCopies(round);
  if (isQuick && !hasCopies([...earlier, ...harvest.observations])) return earlier;
  if (isHookOnly) await gather(round, first);
  for (const view of others) await gatherIfPossible(harvest, () => gather(round, view));
  earlier = [...earlier, ...(await presentCopies(round, earlier))];
  return earlier;
}

async function gather(round: Round, view: FeedView): Promise<void> {
  const { tools, signal, since, harvest } = round;
  const { startedAt, mark, finished } = await tools.feed.read(view, {
    mark: harvest.marks.get(view.name),
    since,
    signal,
    take: (item) => takeItem(round, item),
  });
  harvest.marks.set(view.name, mark);
  if (finished) harvest.places.push(...view.places.map((place) => ({ place, startedAt })));
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

async function takeItem(round: Round, item: FeedItem): Promise<void> {
  const { harvest, tools } = round;
  const key = item.key ?? item.externalId;
  if (harvest.read.has(key)) return;
  harvest.read.add(key);
  const at = tools.clock.now();
  const known = harvest.seen.get(key);
  const as = isMisfiled(item.place) ? 'misfiled' : 'ingested';
  if (known !== undefined) harvest.seen.set(key, { as: known.as, at });
  // One that was closed stays where people see it; only out of spam, or into it, is a move.
  if (known?.as === 'no_arrival' || known?.as === as) return;
  if (known === undefined && !isMarked(item, tools.keys)) return;

  const source = await affordableSource(round, item);
  const { finding, observation } = judge(item, source.headers, tools.keys);
  // Its headers may tell more the next time that a list shows it.
  if (observation === undefined && !source.isFinal) return;
  if (observation !== undefined) harvest.observations.push(observation);
  else if (finding.type === 'mismatch') {
    harvest.mismatches[finding.kind] = (harvest.mismatches[finding.kind] ?? 0) + 1;
  }
  harvest.seen.set(key, { as: observation === undefined ? 'no_arrival' : as, at });
}

/** What can wait is asked for only while the limit leaves enough for the lists. */
async function affordableSource(round: Round, item: FeedItem): ReturnType<typeof sourceOf> {
  const { harvest, signal, tools } = round;
  const { feed } = tools;
  if (item.isWhole || feed.source === undefined) return { headers: undefined, isFinal: true };
  if (harvest.sources >= SOURCES_PER_LOOK || spareOf(tools) < 1) return NOT_NOW;
  harvest.sources += 1;
  return apart(round, () => sourceOf(feed, item, signal));
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
  const { harvest, tools, signal } = round;
  const reported = new Set(known.map(({ externalId }) => externalId));
  const copies = earlierCopies(harvest.observations, tools.memory);
  const present: Observation[] = [];
  for (const copy of copies.filter(({ externalId }) => !reported.has(externalId))) {
    await gatherIfPossible(harvest, async () => {
      const place = await apart(round, () => tools.feed.locate(copy.externalId, signal));
      if (place !== undefined) present.push({ ...copy, place });
    });
  }
  return present;
}
