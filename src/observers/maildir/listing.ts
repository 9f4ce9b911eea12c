import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock, Instant } from '../../base/clock.ts';
import { explain } from './failure.ts';

/** One mail, as its name says. */
export interface Entry {
  /** The name without flags: it stays when the mail is read, or moved on from `new` to `cur`. */
  readonly base: string;
  readonly path: string;
  /** Nobody has taken it out of `new` yet. */
  readonly isNew: boolean;
  /** Marked as deleted, by the letter T. */
  readonly isTrashed: boolean;
}

/** Base to entry. */
export type Listing = ReadonlyMap<string, Entry>;

/** Lists the mails of one folder, again and again. */
export interface Lister {
  list(): Promise<Listing>;
  /** Questions to the file system so far. */
  requests(): number;
}

/** A folder's time has the steps of the kernel's tick, or of a second; a change within them does not show. */
export const SETTLED_MS = 2_000;
/** A folder is read anew this often, whatever its time says. */
const LONGEST_TRUST_MS = 30_000;
/** While mails are renamed, a folder that is being read may not show them: it is read again. */
const MOST_READINGS = 3;

/** What follows the base: `:2,` and flags (Maildir; `1` was for experiments). */
const INFO = /:[12],(.*)$/;

export function parseName(name: string): { readonly base: string; readonly flags: string } {
  const [info = '', flags = ''] = INFO.exec(name) ?? [];
  return { base: name.slice(0, name.length - info.length), flags };
}

export function createLister(folder: string, clock: Clock): Lister {
  let requests = 0;
  const count = (): void => void (requests += 1);
  const parts = ['new', 'cur'].map((part) => ({
    isNew: part === 'new',
    path: join(folder, part),
    read: createReader(join(folder, part), clock, count),
  }));
  return {
    requests: () => requests,
    async list() {
      const entries = new Map<string, Entry>();
      // `new` first: what goes on to `cur` meanwhile is in one of them
      for (const { path, isNew, read } of parts) {
        for (const name of await read()) {
          if (name.startsWith('.')) continue;
          const { base, flags } = parseName(name);
          const isTrashed = flags.includes('T');
          entries.set(base, { base, path: join(path, name), isNew, isTrashed });
        }
      }
      return entries;
    },
  };
}

/** The names in a directory, read only when it may have changed. */
function createReader(
  path: string,
  clock: Clock,
  count: () => void,
): () => Promise<readonly string[]> {
  let known: { names: readonly string[]; changedAt: Instant; readAt: Instant } | undefined;

  /** On the wall clock, as the kernel keeps it. */
  async function changeTime(): Promise<Instant> {
    count();
    return (await stat(path)).mtimeMs;
  }

  function isCurrent(changedAt: Instant, now: Instant): boolean {
    if (known?.changedAt !== changedAt || now - known.readAt > LONGEST_TRUST_MS) return false;
    return known.readAt + clock.skewMs() - changedAt > SETTLED_MS;
  }

  return async () => {
    try {
      const now = clock.now();
      let changedAt = await changeTime();
      if (known !== undefined && isCurrent(changedAt, now)) return known.names;
      const names = new Set<string>();
      for (let reading = 0; reading < MOST_READINGS; reading += 1) {
        count();
        for (const name of await readdir(path)) names.add(name);
        const before = changedAt;
        changedAt = await changeTime();
        if (before === changedAt) break;
      }
      known = { names: [...names], changedAt, readAt: now };
      return known.names;
    } catch (error) {
      throw explain(error, path);
    }
  };
}
