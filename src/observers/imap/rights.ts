import * as z from 'zod';
import type { Rights } from '../facts.ts';
import type { Line } from './connection.ts';
import type { Listed, WatchedFolder } from './folders.ts';

/** Rights by folder, a letter each (RFC 4314 section 2.1). Folders that the server did not tell of are not in it. */
export type FolderRights = ReadonlyMap<string, string>;

/** `* MYRIGHTS INBOX lrswipkxte`: both words may come as literals. */
const MyRights = z.object({
  attributes: z.tuple([
    z.unknown(),
    z.object({ value: z.union([z.string(), z.instanceof(Buffer)]).transform(String) }),
  ]),
});

interface Reply {
  /** The connection reads on only after it was called. */
  next(): void;
}

/** imapflow has no method for ACLs; its own go through this one, which its types leave out. */
interface Commands {
  exec(
    command: string,
    attributes: readonly { readonly type: 'STRING'; readonly value: string }[],
    options: { readonly untagged: Readonly<Record<string, (reply: unknown) => Promise<void>>> },
  ): Promise<Reply>;
}

function takesCommands(client: object): client is Commands {
  return 'exec' in client && typeof client.exec === 'function';
}

/**
 * Asks what the login may do in some folders, by MYRIGHTS, a command each (RFC 4314 section 3.5).
 * Undefined where the server has no ACL.
 */
export async function readRights(
  line: Line,
  listed: readonly Listed[],
  paths: readonly string[],
): Promise<FolderRights | undefined> {
  const { client } = line;
  if (!client.capabilities.has('ACL') || !takesCommands(client)) return undefined;
  const hasNewRights = [...client.capabilities.keys()].some((name) => name.startsWith('RIGHTS='));
  const told = new Map<string, string>();
  for (const path of new Set(paths)) {
    // As the server writes it: in modified UTF-7.
    const value = listed.find((entry) => entry.path === path)?.pathAsListed ?? path;
    const take = (reply: unknown): Promise<void> => {
      const rights = MyRights.safeParse(reply).data?.attributes[1].value;
      if (rights !== undefined) told.set(path, hasNewRights ? rights : widened(rights));
      return Promise.resolve();
    };
    const untagged = { MYRIGHTS: take };
    const refusals = line.refusals();
    try {
      const reply = await client.exec('MYRIGHTS', [{ type: 'STRING', value }], { untagged });
      reply.next();
    } catch (error) {
      // Who has no rights in a folder may be told nothing of it.
      if (line.refusals() === refusals) throw error;
    }
  }
  return told;
}

/** The `d` of RFC 2086 is what RFC 4314 parts into `t` and `e` (and `x`). */
function widened(rights: string): string {
  return rights.includes('d') ? `${rights}te` : rights;
}

/** RFC 4314 section 4: opening, STORE of \Deleted, EXPUNGE. */
const TO_DELETE = 'rte';
/** And STORE of \Seen; MOVE asks for the same (RFC 6851 section 3.3). */
const TO_CLOSE = 'rste';
/** Into the archive. */
const TO_PUT = 'i';

export interface Wanted {
  readonly folders: readonly WatchedFolder[];
  /** Undefined: there is none. */
  readonly archive: string | undefined;
}

/** APPEND, and EXPUNGE of that one: a marker that is put and taken away. */
const TO_MARK = 'rite';

/** What is lacking for a marker in a folder, as letters; empty where nothing is, or nothing was told. */
export function lackingToMark(rights: FolderRights, path: string): string {
  return lettersLacking(rights.get(path), TO_MARK);
}

/** Folders whose mail may not be read. */
export function unreadable(
  rights: FolderRights,
  folders: readonly WatchedFolder[],
): readonly string[] {
  return folders.flatMap(({ path }) => (rights.get(path)?.includes('r') === false ? [path] : []));
}

/** What the ACLs say of tidying: what is found anywhere can be deleted, only what is in an inbox is closed. */
export function rightsToTidy(rights: FolderRights, { folders, archive }: Wanted): Rights {
  const inboxes = folders.filter(({ place }) => place === 'inbox');
  const toDelete = lackOf(
    rights,
    folders.map(({ path }) => [path, TO_DELETE]),
  );
  const toClose = lackOf(rights, [
    ...inboxes.map(({ path }): [string, string] => [path, TO_CLOSE]),
    ...(archive === undefined ? [] : [[archive, TO_PUT] as const]),
  ]);
  const mayClose = archive === undefined ? false : allows(toClose);
  const why = [
    wordOf('delete', toDelete),
    archive === undefined ? 'close: there is no folder for closed mail' : wordOf('close', toClose),
  ];
  return { close: mayClose, delete: allows(toDelete), why: `by ACL, ${why.join('; ')}` };
}

interface Lack {
  /** "INBOX e" */
  readonly missing: readonly string[];
  readonly untold: readonly string[];
}

function lackOf(
  rights: FolderRights,
  wanted: readonly (readonly [path: string, letters: string])[],
): Lack {
  const missing: string[] = [];
  const untold: string[] = [];
  for (const [path, letters] of wanted) {
    const own = rights.get(path);
    const lacking = lettersLacking(own, letters);
    if (own === undefined) untold.push(path);
    else if (lacking !== '') missing.push(`${path} ${lacking}`);
  }
  return { missing, untold };
}

function lettersLacking(own: string | undefined, wanted: string): string {
  return Array.from(wanted)
    .filter((letter) => own?.includes(letter) === false)
    .join('');
}

function allows({ missing, untold }: Lack): boolean | null {
  if (missing.length > 0) return false;
  return untold.length > 0 ? null : true;
}

function wordOf(what: string, { missing, untold }: Lack): string {
  if (missing.length > 0) return `${what}: lacks ${missing.join(', ')}`;
  if (untold.length > 0) return `${what}: nothing told of ${untold.join(', ')}`;
  return `${what}: allowed`;
}
