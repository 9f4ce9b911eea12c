/** What tells a suspension; all in milliseconds. */
export interface BootSources {
  readonly wall: () => number;
  /** Stands still while the machine is suspended. */
  readonly monotonic: () => number;
  /** Goes on while the machine is suspended; reading it costs (on Linux Node opens a file each time). */
  readonly boot: () => number;
}

const READ_EVERY_MS = 1_000;
/** A suspension that matters moves the wall clock against the monotonic one by more than this. */
const MOVED_MS = 500;

/**
 * The boot clock, read once a second and whenever the wall clock says that something happened; in
 * between it goes with the monotonic one. Every reading of our clock needs it: reading it anew each
 * time opened that file hundreds of times a second.
 */
export function createBootClock(sources: BootSources): () => number {
  const read = () => {
    const at = sources.monotonic();
    return { at, ahead: sources.boot() - at, wallAhead: sources.wall() - at };
  };
  let last = read();
  return () => {
    const now = sources.monotonic();
    const moved = Math.abs(sources.wall() - now - last.wallAhead);
    if (now - last.at >= READ_EVERY_MS || moved > MOVED_MS) last = read();
    return now + last.ahead;
  };
}
