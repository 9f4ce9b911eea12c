import { lstat } from 'node:fs/promises';
import * as z from 'zod';
import type { Clock, Instant } from '../../base/clock.ts';
import { withDeadline } from '../../base/deadline.ts';
import type { TokenKeys } from '../../domain/token.ts';
import type { Feed, FeedItem, FeedReading, FeedReadOptions, FeedView } from '../feed/feed.ts';
import { judgeLetter } from '../letter.ts';
import { codeOf, explain, stopped } from './failure.ts';
import type { SpoolFolder } from './folders.ts';
import type { Entry } from './listing.ts';
import { withMail } from './reply.ts';
import type { Listed, Spool } from './spool.ts';
import type { SpoolWatch } from './watch.ts';

export interface FeedTools {
  readonly clock: Clock;
  readonly keys: TokenKeys;
  readonly spool: Spool;
  readonly watch: SpoolWatch;
  readonly timeoutMs: number;
  /** Names the spool in errors. */
  readonly path: string;
}

/** `from`: what changed before is known. `at`: what was seen up to this look need not be read again. */
const Mark = z.object({ from: z.number(), at: z.number() });
type Mark = z.output<typeof Mark>;

/** File times and our clock are the same machine's, but for steps of the clock and delays of a network. */
const OVERLAP_MS = 120_000;
/** A mark that says nothing new is kept for so long: each new one is written down. */
const MARK_AGE_MS = 60_000;
/** Files in one look: asked for their times, and opened. What is beyond waits for the next one. */
const TIMES_PER_LOOK = 5_000;
const READ_PER_LOOK = 500;
/** Bodies in one look. */
const BODIES_PER_LOOK = 20;

interface Allowance {
  times: number;
  reads: number;
  bodies: number;
}

/** One view for each place, with all folders that are this place. */
export function createMaildirFeed(tools: FeedTools): Feed {
  const { clock, spool, watch, timeoutMs, path } = tools;
  const memory = createMemory();
  let opened = 0;
  let isLocal = false;

  async function inTime<T>(
    signal: AbortSignal,
    work: (inner: AbortSignal) => Promise<T>,
  ): Promise<T> {
    return withDeadline({ clock, ms: timeoutMs, what: path, signal }, work);
  }

  return {
    views: viewsOf(spool.folders),
    begin(signal) {
      watch.drain();
      return inTime(signal, async () => {
        isLocal ||= await spool.isLocal();
        await watch.follow(await spool.begin());
      });
    },
    read: (view, options) =>
      inTime(options.signal, (signal) =>
        read({ ...tools, memory, count: () => (opened += 1) }, view, { ...options, signal }),
      ),
    locate: (base, signal) =>
      inTime(signal, async () => {
        const present = (await spool.find(base)).filter(({ isTrashed }) => !isTrashed);
        return present[0]?.folder.place;
      }),
    requests: () => spool.requests() + opened,
    // file times are of the wall clock of this machine, which ours follows
    offset: () => {
      if (!isLocal) return undefined;
      const skewMs = clock.skewMs();
      return { low: skewMs - 1, high: skewMs + 1 };
    },
  };
}

function viewsOf(folders: readonly SpoolFolder[]): readonly FeedView[] {
  const places = [...new Set(folders.map(({ place }) => place))];
  return places.map((place) => ({ name: place, places: [place] }));
}

interface Reader extends FeedTools {
  readonly memory: Memory;
  readonly count: () => void;
}

async function read(
  reader: Reader,
  view: FeedView,
  options: FeedReadOptions,
): Promise<FeedReading> {
  const startedAt = reader.clock.now();
  const mark = Mark.safeParse(options.mark).data;
  const from = mark?.from ?? options.since - OVERLAP_MS;
  const allowance = { times: TIMES_PER_LOOK, reads: READ_PER_LOOK, bodies: BODIES_PER_LOOK };
  const round = { ...options, mark: { from, at: mark?.at ?? -Infinity }, startedAt, allowance };
  let finished = true;
  const { times } = allowance;
  for (const folder of reader.spool.folders) {
    if (!view.places.includes(folder.place)) continue;
    finished = (await readFolder(reader, folder, round)) && finished;
  }
  const isQuiet = finished && allowance.times === times;
  if (mark !== undefined && isQuiet && startedAt - mark.at < MARK_AGE_MS) {
    return { startedAt, mark, finished };
  }
  const next = finished ? startedAt - OVERLAP_MS : from;
  return { startedAt, mark: { from: next, at: startedAt } satisfies Mark, finished };
}

interface Round extends Omit<FeedReadOptions, 'mark'> {
  readonly mark: Mark;
  readonly startedAt: Instant;
  readonly allowance: Allowance;
}

/** How often a folder is listed again because files were renamed while they were to be read. */
const MOST_ROUNDS = 4;

/** Answers whether nothing was left. */
async function readFolder(reader: Reader, folder: SpoolFolder, round: Round): Promise<boolean> {
  for (let turn = 0; turn < MOST_ROUNDS; turn += 1) {
    const listed = await reader.spool.list(folder);
    const unread = unreadOf(listed, reader.memory, round.mark);
    let isMissed = false;
    for (const entry of unread) {
      if (round.signal.aborted) throw stopped(reader.path);
      const { allowance } = round;
      if (allowance.times <= 0 || allowance.reads <= 0) return false;
      if (!(await takeEntry(reader, { folder, entry }, round))) isMissed = true;
    }
    if (!isMissed) return true;
  }
  return false;
}

/** The latest first: names begin with the time of delivery. */
function unreadOf({ folder, listing }: Listed, memory: Memory, { at }: Mark): readonly Entry[] {
  const known = memory.of(folder, listing);
  return [...listing.values()]
    .filter(({ base }) => (known.get(base) ?? Infinity) > at)
    .sort((a, b) => (a.base < b.base ? 1 : -1));
}

/** Answers false where the file had another name by then, or was gone. */
async function takeEntry(
  reader: Reader,
  { folder, entry }: { readonly folder: SpoolFolder; readonly entry: Entry },
  round: Round,
): Promise<boolean> {
  const { memory, clock } = reader;
  const { allowance, mark, startedAt } = round;
  allowance.times -= 1;
  reader.count();
  const changedAt = await changeTime(entry.path);
  if (changedAt === undefined) return false;
  if (changedAt === 'no file') {
    memory.note(folder, entry.base, startedAt);
    return true;
  }
  // a rename changes it, so it tells when a file came into this folder
  const cameAt = changedAt - clock.skewMs();
  if (cameAt < mark.from) {
    memory.note(folder, entry.base, cameAt);
    return true;
  }
  allowance.reads -= 1;
  reader.count();
  const item = await itemOf(entry, { reader, folder, allowance });
  if (item === undefined) return false;
  await round.take(item);
  memory.note(folder, entry.base, startedAt);
  return true;
}

/** Undefined: it is gone. */
async function changeTime(path: string): Promise<Instant | 'no file' | undefined> {
  try {
    const found = await lstat(path);
    return found.isFile() ? found.ctimeMs : 'no file';
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw explain(error, path);
  }
}

function itemOf(
  entry: Entry,
  options: {
    readonly reader: Reader;
    readonly folder: SpoolFolder;
    readonly allowance: Allowance;
  },
): Promise<FeedItem | undefined> {
  const { reader, folder, allowance } = options;
  return withMail(entry, async ({ headers, stamp, text }) => {
    const finding = judgeLetter(headers, reader.keys);
    const isUnclear = finding.type === 'look-inside' && allowance.bodies > 0;
    if (isUnclear) allowance.bodies -= 1;
    return {
      externalId: entry.base,
      place: folder.place,
      stamp,
      headers,
      text: isUnclear ? await text() : '',
      isWhole: true,
    };
  });
}

/** When each file was first seen, of those that are there; lost at a restart, as file times say enough. */
interface Memory {
  /** Forgets what is not listed any more. */
  of(folder: SpoolFolder, listing: Listed['listing']): ReadonlyMap<string, Instant>;
  note(folder: SpoolFolder, base: string, at: Instant): void;
}

function createMemory(): Memory {
  const folders = new Map<string, Map<string, Instant>>();
  const knownIn = ({ name }: SpoolFolder): Map<string, Instant> => {
    const known = folders.get(name) ?? new Map<string, Instant>();
    folders.set(name, known);
    return known;
  };
  return {
    of(folder, listing) {
      const known = knownIn(folder);
      for (const base of known.keys()) if (!listing.has(base)) known.delete(base);
      return known;
    },
    note(folder, base, at) {
      knownIn(folder).set(base, at);
    },
  };
}
