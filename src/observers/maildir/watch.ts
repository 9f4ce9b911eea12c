import { watch, type FSWatcher } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock, Instant } from '../../base/clock.ts';
import { createBell } from '../bell.ts';

/**
 * Hears of deliveries (inotify). What it misses, as an overflow, a folder on a
 * network or one made later, the next look shows.
 */
export interface SpoolWatch {
  /** Watches the `new` of these folders. Never fails: looks go on without. */
  follow(folders: readonly string[]): Promise<void>;
  /** What was heard of up to now is being looked at. */
  drain(): void;
  /** Resolves when there is something, or when `signal` aborts. */
  wait(signal: AbortSignal): Promise<void>;
  /** Folders that are watched. */
  watched(): number;
  close(): void;
}

interface Ear {
  readonly watcher: FSWatcher;
  /** Of the folder that was there: another one under its name is not watched by it. */
  readonly inode: number;
}

/** Folders are replaced seldom, and looks see what is in new ones. */
const FOLLOWED_MS = 1_000;

export function createSpoolWatch(clock: Clock): SpoolWatch {
  const ears = new Map<string, Ear>();
  let followedAt: Instant = -Infinity;
  const bell = createBell();
  let isClosed = false;

  function drop(path: string): void {
    ears.get(path)?.watcher.close();
    ears.delete(path);
  }

  async function listen(path: string): Promise<void> {
    const { ino: inode } = await stat(path);
    if (ears.get(path)?.inode === inode || isClosed) return;
    drop(path);
    const watcher = watch(path, { persistent: false }, (event) => {
      if (event === 'rename') bell.ring();
    });
    watcher.on('error', () => drop(path));
    ears.set(path, { watcher, inode });
  }

  return {
    watched: () => ears.size,
    async follow(folders) {
      const isKnown = folders.every((folder) => ears.has(join(folder, 'new')));
      if (isKnown && clock.now() - followedAt < FOLLOWED_MS) return;
      followedAt = clock.now();
      for (const folder of folders) {
        try {
          await listen(join(folder, 'new'));
        } catch {
          // not there, not ours to read, or no watches left: `check` says so, and looks see the mail
        }
      }
    },
    drain: () => bell.silence(),
    wait: (signal) => bell.wait(signal),
    close() {
      isClosed = true;
      for (const path of ears.keys()) drop(path);
    },
  };
}
