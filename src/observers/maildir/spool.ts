import { stat, statfs } from 'node:fs/promises';
import type { Clock, Instant } from '../../base/clock.ts';
import type { MaildirConfig } from './config.ts';
import { explain } from './failure.ts';
import { findFolder, planFolders, type SpoolFolder } from './folders.ts';
import { createLister, SETTLED_MS, type Entry, type Lister, type Listing } from './listing.ts';

/** A folder with what lies in it. */
export interface Listed {
  readonly folder: SpoolFolder;
  /** Undefined where the folder is not there, and need not be. */
  readonly path: string | undefined;
  readonly listing: Listing;
}

/** The folders of a Maildir. */
export interface Spool {
  readonly folders: readonly SpoolFolder[];
  /** Before each look: where folders are that were not there before. Answers the paths of those that are. */
  begin(): Promise<readonly string[]>;
  /** @throws MonitorError */
  list(folder: SpoolFolder): Promise<Listed>;
  /** Every mail of that base, INBOX first. @throws MonitorError */
  find(base: string): Promise<readonly (Entry & { readonly folder: SpoolFolder })[]>;
  /** Whether changes by others show at once, and file times are those of this machine. */
  isLocal(): Promise<boolean>;
  requests(): number;
}

/** File systems on a network (statfs(2)): NFS, SMB and its successors, 9P, FUSE. */
const NETWORKS = [0x6969, 0x517b, 0xff534d42, 0xfe534d42, 0x01021997, 0x65735546];

/**
 * Where folders are. Those that are not there, and need not be, are not looked
 * for again while the Maildir itself does not change.
 */
function createFinder(
  { path: maildir }: MaildirConfig,
  clock: Clock,
): {
  noteChange(): Promise<void>;
  /** @throws MonitorError */
  find(folder: SpoolFolder): Promise<string | undefined>;
  requests(): number;
} {
  const missing = new Set<SpoolFolder>();
  let changedAt: Instant | undefined;
  let requests = 0;
  return {
    requests: () => requests,
    async noteChange() {
      requests += 1;
      const now = clock.now() + clock.skewMs();
      const { mtimeMs } = await stat(maildir);
      if (mtimeMs !== changedAt || now - mtimeMs < SETTLED_MS) missing.clear();
      changedAt = mtimeMs;
    },
    async find(folder) {
      if (missing.has(folder)) return undefined;
      requests += 1;
      const path = await findFolder(folder);
      if (path === undefined) missing.add(folder);
      return path;
    },
  };
}

export function createSpool(config: MaildirConfig, clock: Clock): Spool {
  const folders = planFolders(config);
  const listers = new Map<SpoolFolder, { readonly path: string; readonly lister: Lister }>();
  const finder = createFinder(config, clock);
  let requests = 0;

  async function find(folder: SpoolFolder): Promise<void> {
    if (listers.has(folder)) return;
    const path = await finder.find(folder);
    if (path !== undefined) listers.set(folder, { path, lister: createLister(path, clock) });
  }

  async function list(folder: SpoolFolder): Promise<Listed> {
    await find(folder);
    const found = listers.get(folder);
    if (found === undefined) return { folder, path: undefined, listing: new Map<string, Entry>() };
    const before = found.lister.requests();
    try {
      return { folder, path: found.path, listing: await found.lister.list() };
    } catch (error) {
      // it may be somewhere else by the next look, or not be there any more
      listers.delete(folder);
      throw error;
    } finally {
      requests += found.lister.requests() - before;
    }
  }

  return {
    folders,
    async begin() {
      try {
        await finder.noteChange();
        for (const folder of folders) await find(folder);
      } catch {
        // reading says what is wrong
      }
      return [...listers.values()].map(({ path }) => path);
    },
    list,
    async find(base) {
      const found: (Entry & { readonly folder: SpoolFolder })[] = [];
      for (const folder of folders) {
        const entry = (await list(folder)).listing.get(base);
        if (entry !== undefined) found.push({ ...entry, folder });
      }
      return found;
    },
    async isLocal() {
      try {
        return !NETWORKS.includes((await statfs(config.path)).type);
      } catch (error) {
        throw explain(error, config.path);
      }
    },
    requests: () => requests + finder.requests(),
  };
}
