import type { ListResponse } from 'imapflow';
import { MonitorError } from '../../base/errors.ts';
import type { Place } from '../../domain/sighting.ts';
import { explain } from './failure.ts';
import type { Line } from './connection.ts';

export interface WatchedFolder {
  readonly path: string;
  readonly place: Place;
}

/** The folders to read. The first one stays open between looks and is the one that pushes. */
export interface FolderPlan {
  readonly folders: readonly [WatchedFolder, ...WatchedFolder[]];
  /** Folders taken for what their name says, since the server does not say it (RFC 6154). */
  readonly guessed: readonly string[];
}

export type Listed = Pick<ListResponse, 'path' | 'delimiter' | 'flags' | 'specialUse'> & {
  readonly specialUseSource?: string | undefined;
  /** As the server writes it. */
  readonly pathAsListed?: string;
};

/** Most folder names that an error repeats. */
const NAMES_SHOWN = 30;

const SPECIAL: readonly (readonly [specialUse: string, place: Place])[] = [
  ['\\Junk', 'spam'],
  ['\\Trash', 'trash'],
];

/** Lists the folders of the account: one command on most servers. @throws MonitorError */
export async function listFolders(line: Line): Promise<readonly Listed[]> {
  try {
    return await line.client.list();
  } catch (error) {
    throw explain(error, line.context);
  }
}

/**
 * Which folder is which place. INBOX comes first wherever it is watched: a mail
 * that somebody moves from there into a folder read later in the same look is
 * seen in one of the two.
 *
 * @throws MonitorError `config` when a configured folder does not exist.
 */
export function planFolders(
  listed: readonly Listed[],
  configured: Readonly<Record<string, Place>> | undefined,
): FolderPlan {
  const there = listed.filter((entry) => !hasFlag(entry, '\\Noselect'));
  if (configured !== undefined)
    return { folders: configuredFolders(there, configured), guessed: [] };
  const inbox = there.find((entry) => entry.path.toUpperCase() === 'INBOX');
  if (inbox === undefined) throw missingFolder('INBOX', there);
  const special = SPECIAL.flatMap(([use, place]) => {
    const entry = there.find((candidate) => candidate.specialUse === use);
    return entry === undefined ? [] : [{ entry, place }];
  });
  return {
    folders: [
      { path: inbox.path, place: 'inbox' },
      ...special.map(({ entry, place }) => ({ path: entry.path, place })),
    ],
    guessed: special
      .filter(({ entry }) => entry.specialUseSource === 'name')
      .map(({ entry }) => entry.path),
  };
}

/**
 * The path of the folder for closed mail. None is ever made.
 *
 * @throws MonitorError `config` where there is none.
 */
export function planArchive(listed: readonly Listed[], configured: string | undefined): string {
  const there = listed.filter((entry) => !hasFlag(entry, '\\Noselect'));
  const entry =
    configured === undefined
      ? there.find((candidate) => candidate.specialUse === '\\Archive')
      : findFolder(there, configured);
  if (entry !== undefined) return entry.path;
  if (configured !== undefined) throw missingFolder(configured, there);
  throw new MonitorError(
    'the server has no folder marked as \\Archive for closed mail: name one with archive: FOLDER',
    { reason: 'config', retryable: false },
  );
}

/** @throws nothing; makes the error for a folder that is not there, with those that are. */
export function missingFolder(name: string, listed: readonly Listed[]): MonitorError {
  const names = listed.map((entry) => entry.path).sort();
  const shown = names.slice(0, NAMES_SHOWN).join(', ');
  const more = names.length > NAMES_SHOWN ? ` and ${names.length - NAMES_SHOWN} more` : '';
  return new MonitorError(`there is no folder "${name}"; there are: ${shown}${more}`, {
    reason: 'config',
    retryable: false,
  });
}

function configuredFolders(
  there: readonly Listed[],
  configured: Readonly<Record<string, Place>>,
): FolderPlan['folders'] {
  const folders = Object.entries(configured).map(([name, place]) => {
    const entry = findFolder(there, name);
    if (entry === undefined) throw missingFolder(name, there);
    return { path: entry.path, place };
  });
  const rank = (folder: WatchedFolder): number =>
    folder.path.toUpperCase() === 'INBOX' ? 0 : folder.place === 'inbox' ? 1 : 2;
  const [first, ...rest] = folders.sort((a, b) => rank(a) - rank(b));
  if (first === undefined) throw missingFolder('INBOX', there);
  return [first, ...rest];
}

/** By its whole path, or without the prefix that some servers put before every folder (`INBOX.Junk`). */
function findFolder(there: readonly Listed[], name: string): Listed | undefined {
  const isInbox = name.toUpperCase() === 'INBOX';
  return (
    there.find((entry) => entry.path === name) ??
    there.find((entry) =>
      isInbox
        ? entry.path.toUpperCase() === 'INBOX'
        : entry.path.toUpperCase() === `INBOX${entry.delimiter}${name}`.toUpperCase(),
    )
  );
}

function hasFlag(entry: Listed, flag: string): boolean {
  return [...entry.flags].some((own) => own.toLowerCase() === flag.toLowerCase());
}
