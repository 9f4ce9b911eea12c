import { join } from 'node:path';
import { stat } from 'node:fs/promises';
import { MonitorError } from '../../base/errors.ts';
import type { Place } from '../../domain/sighting.ts';
import type { MaildirConfig } from './config.ts';
import { codeOf, explain } from './failure.ts';

/** A folder of a Maildir, by the name that people have for it. */
export interface SpoolFolder {
  readonly name: string;
  readonly place: Place;
  /** Where it may lie: as in Maildir++ (`.Junk`), or as a plain folder. */
  readonly paths: readonly [string, ...string[]];
  /** It was asked for: a look fails when it is not there. */
  readonly isRequired: boolean;
}

/** The names under which programs make them. */
const USUAL: readonly (readonly [name: string, place: Place])[] = [
  ['Junk', 'spam'],
  ['Spam', 'spam'],
  ['Trash', 'trash'],
];

/** The folders to read, INBOX first: what is moved out of it during a look is seen in one of them. */
export function planFolders({
  path,
  folders,
}: Pick<MaildirConfig, 'path' | 'folders'>): readonly SpoolFolder[] {
  if (folders === undefined) {
    return [
      folderOf(path, 'INBOX', { place: 'inbox', isRequired: true }),
      ...USUAL.map(([name, place]) => folderOf(path, name, { place, isRequired: false })),
    ];
  }
  const rank = ({ name, place }: SpoolFolder): number =>
    name === 'INBOX' ? 0 : place === 'inbox' ? 1 : 2;
  return Object.entries(folders)
    .map(([name, place]) => folderOf(path, name, { place, isRequired: true }))
    .sort((a, b) => rank(a) - rank(b));
}

function folderOf(
  path: string,
  name: string,
  rest: Pick<SpoolFolder, 'place' | 'isRequired'>,
): SpoolFolder {
  if (name.toUpperCase() === 'INBOX') return { name: 'INBOX', paths: [path], ...rest };
  const parts = name.split('/').join('.');
  return { name, paths: [join(path, `.${parts.replace(/^\./, '')}`), join(path, name)], ...rest };
}

/**
 * The path of a folder; undefined where it is not there and need not be.
 *
 * @throws MonitorError `config` where it must be.
 */
export async function findFolder(folder: SpoolFolder): Promise<string | undefined> {
  for (const path of folder.paths) {
    if (await isFolder(join(path, 'cur'))) return path;
  }
  if (!folder.isRequired) return undefined;
  const [path] = folder.paths;
  throw new MonitorError(`there is no folder "${folder.name}": ${path} has no cur in it`, {
    reason: 'config',
    retryable: false,
  });
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch (error) {
    const code = codeOf(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return false;
    throw explain(error, path);
  }
}
