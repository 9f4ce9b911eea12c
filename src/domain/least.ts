import type { Instant } from '../base/clock.ts';

/** What things are ordered by: its first part, then the next. */
export type Key = readonly (number | string)[];

/** What joins two things that were said, whatever the order: the one with the lesser key. */
export function least<T>(known: T | null, said: T, key: (value: T) => Key): T {
  if (known === null) return said;
  return compareKeys(key(said), key(known)) < 0 ? said : known;
}

export function earliest(known: Instant | null, said: Instant): Instant {
  return known === null ? said : Math.min(known, said);
}

/** Part by part; below 0 where `a` comes first. */
export function compareKeys(a: Key, b: Key): number {
  for (const [index, left] of a.entries()) {
    const right = b[index] ?? '';
    if (left < right) return -1;
    if (left > right) return 1;
  }
  return 0;
}
