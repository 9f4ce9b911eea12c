import { mkdir, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';

/**
 * Makes a folder, and those above it that are missing. Not by `recursive: true`: Node 20 goes round for ever where a file system
 * says of a new folder that it does not exist, as /proc does.
 *
 * @throws the errors of node:fs; Error that says that something else has that name
 */
export async function makeFolder(path: string): Promise<void> {
  const folder = resolve(path);
  const found = await stat(folder).catch(() => undefined);
  if (found?.isDirectory() === true) return;
  if (found !== undefined) throw new Error(`${path} is no folder`);
  const above = dirname(folder);
  if (above !== folder) await makeFolder(above);
  await mkdir(folder);
}
