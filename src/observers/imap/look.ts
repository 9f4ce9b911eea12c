import type { Clock, Instant } from '../../base/clock.ts';
import { MonitorError } from '../../base/errors.ts';
import { parseHops } from '../../domain/hops.ts';
import type { Place } from '../../domain/sighting.ts';
import type { TokenKeys } from '../../domain/token.ts';
import type { Look, LookOptions, Mismatch } from '../observer.ts';
import type { Line, OpenFolder } from './connection.ts';
import { earlierCopies, reportable, type Copy, type CopyMemory } from './copies.ts';
import { readCursor, writeCursor, type FolderMark, type Marks } from './cursor.ts';
import { explain } from './failure.ts';
import type { FolderPlan, WatchedFolder } from './folders.ts';
import {
  folderStatus,
  openFolder,
  readFolder,
  refreshFolder,
  stillThere,
  type Found,
  type Reading,
} from './reading.ts';
import { foreignMessageId, type Letter } from './reply.ts';

/** A connection with the folders to read on it. */
export interface Watched {
  readonly line: Line;
  readonly plan: FolderPlan;
}

export interface LookTools {
  readonly clock: Clock;
  readonly keys: TokenKeys;
  readonly memory: CopyMemory;
  /** Sees each new mail, for what it may be besides a canary. */
  readonly onLetter?: (letter: Letter) => void;
}

/** What one look gathers on its way through the folders. */
interface Harvest {
  readonly places: { readonly place: Place; readonly startedAt: Instant }[];
  readonly copies: Copy[];
  readonly mismatches: Partial<Record<Mismatch, number>>;
  readonly marks: Map<string, FolderMark>;
  /** Places with a folder that was not read to its end. */
  readonly unfinished: Set<Place>;
  failure?: MonitorError;
}

/**
 * Reads every folder, the first one first. When a later one cannot be read,
 * what the others showed still counts, and the look is not complete.
 *
 * @throws MonitorError when the first folder cannot be read, or the connection broke.
 */
export async function lookThrough(
  watched: Watched,
  tools: LookTools,
  options: LookOptions & { readonly requestsBefore: number; readonly startedAt: Instant },
): Promise<Look> {
  const { line, plan } = watched;
  const marks = readCursor(options.cursor);
  const harvest: Harvest = {
    places: [],
    copies: [],
    mismatches: {},
    marks: new Map(marks),
    unfinished: new Set(),
  };
  for (const folder of plan.folders) {
    await gather({ watched, tools, marks, since: options.since }, folder, harvest);
  }
  const earlier = await presentCopies(line, earlierCopies(harvest.copies, tools.memory));
  const copies = reportable([...earlier, ...harvest.copies]);
  tools.memory.remember(harvest.copies);
  const places = harvest.places.filter(({ place }) => !harvest.unfinished.has(place));
  return {
    startedAt: options.startedAt,
    endedAt: tools.clock.now(),
    places,
    complete: harvest.unfinished.size === 0,
    observations: copies.map((copy) => copy.observation),
    mismatches: harvest.mismatches,
    cursor: writeCursor(onlyWatched(harvest.marks, plan)),
    requests: line.commands() - options.requestsBefore,
    ...(harvest.failure === undefined ? {} : { failure: harvest.failure }),
  };
}

interface Round {
  readonly watched: Watched;
  readonly tools: LookTools;
  readonly marks: Marks;
  readonly since: Instant;
}

async function gather(round: Round, folder: WatchedFolder, harvest: Harvest): Promise<void> {
  const { line, plan } = round.watched;
  const startedAt = round.tools.clock.now();
  try {
    const reading = await readOne(round, folder);
    for (const { letter } of reading.found) round.tools.onLetter?.(letter);
    take(harvest, folder, reading);
    if (!reading.finished) harvest.unfinished.add(folder.place);
    notePlace(harvest, folder.place, startedAt);
  } catch (error) {
    const failure = explain(error, line.context);
    const gone = line.closed.aborted || !line.client.usable;
    if (folder === plan.folders[0] || gone || !(failure instanceof MonitorError)) throw failure;
    harvest.unfinished.add(folder.place);
    harvest.failure ??= failure;
  }
}

async function readOne(round: Round, folder: WatchedFolder): Promise<Reading> {
  const { line, plan } = round.watched;
  const mark = round.marks.get(folder.path);
  const options = { keys: round.tools.keys, mark, since: round.since };
  if (folder === plan.folders[0]) {
    return readFolder(line, await openOrRefresh(line, folder.path), options);
  }
  const { messages, uidValidity, uidNext } = await folderStatus(line, folder.path);
  const hasNews = mark?.uidValidity === uidValidity ? mark.uidNext < uidNext : messages > 0;
  if (!hasNews) {
    const reached = Math.max(uidNext, mark?.uidValidity === uidValidity ? mark.uidNext : 0);
    return { found: [], mark: { uidValidity, uidNext: reached }, finished: true };
  }
  return readFolder(line, await openFolder(line, folder.path), options);
}

/** The first folder stays open, so that asking for its news is one short command. */
async function openOrRefresh(line: Line, path: string): Promise<OpenFolder> {
  if (line.folder?.path !== path) return openFolder(line, path);
  await refreshFolder(line);
  return line.folder;
}

function take(harvest: Harvest, folder: WatchedFolder, reading: Reading): void {
  harvest.marks.set(folder.path, reading.mark);
  for (const found of reading.found) {
    const { finding } = found;
    if (finding.type === 'mismatch') {
      harvest.mismatches[finding.kind] = (harvest.mismatches[finding.kind] ?? 0) + 1;
    } else if (finding.type === 'arrival') {
      harvest.copies.push(toCopy(folder, reading.mark.uidValidity, found));
    }
  }
}

function toCopy(folder: WatchedFolder, uidValidity: number, found: Found): Copy {
  const { letter, finding } = found;
  if (finding.type !== 'arrival') throw new Error('only an arrival is a copy');
  const { uid, deleted, headers, receivedAt } = letter;
  return {
    folder: folder.path,
    uidValidity,
    uid,
    deleted,
    observation: {
      token: finding.token,
      externalId: `${folder.path}/${uidValidity}/${uid}`,
      place: folder.place,
      stamp:
        receivedAt === undefined
          ? null
          : { at: receivedAt, quantumMs: 1_000, source: 'internaldate' },
      hops: parseHops(headers.get('received') ?? []),
      foreignMessageId: foreignMessageId(headers, finding.token),
    },
  };
}

/** Several folders may be one place: it was read from the start of the first on. */
function notePlace(harvest: Harvest, place: Place, startedAt: Instant): void {
  if (harvest.places.some((known) => known.place === place)) return;
  harvest.places.push({ place, startedAt });
}

/** Which of the copies reported before are still where they were; their folders are opened for it. */
async function presentCopies(line: Line, copies: readonly Copy[]): Promise<readonly Copy[]> {
  const present: Copy[] = [];
  for (const path of new Set(copies.map((copy) => copy.folder))) {
    const folder = line.folder?.path === path ? line.folder : await openAgain(line, path);
    const here = copies.filter(
      (copy) => copy.folder === path && copy.uidValidity === folder?.uidValidity,
    );
    const uids = here.map((copy) => copy.uid).sort((a, b) => a - b);
    const there = uids.length === 0 ? new Set() : await stillThere(line, uids);
    present.push(...here.filter((copy) => there.has(copy.uid)));
  }
  return present;
}

/** A folder that was there once; undefined when it is gone, and its mails with it. */
async function openAgain(line: Line, path: string): Promise<OpenFolder | undefined> {
  try {
    return await openFolder(line, path);
  } catch (error) {
    if (error instanceof MonitorError && error.reason === 'config') return undefined;
    throw error;
  }
}

/** Marks of folders that are watched no more would grow the cursor for ever. */
function onlyWatched(marks: Marks, plan: FolderPlan): Marks {
  const paths = new Set(plan.folders.map((folder) => folder.path));
  return new Map([...marks].filter(([path]) => paths.has(path)));
}
