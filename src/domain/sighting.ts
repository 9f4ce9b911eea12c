import type { Instant } from '../base/clock.ts';
import type { Interval } from './latency.ts';

/** Where a canary was seen. */
export const PLACES = ['inbox', 'spam', 'suspended', 'trash', 'closed', 'other'] as const;
export type Place = (typeof PLACES)[number];

/** Mail flows, but no person would see it in time (semantics A6). */
export function isMisfiled(place: Place): boolean {
  return place === 'spam' || place === 'suspended' || place === 'trash';
}

/** The helpdesk's own word on when it ingested the mail, on its own clock. */
export interface Stamp {
  readonly at: Instant;
  /** The stamp's resolution in milliseconds: the truth lies in [at, at + quantum). */
  readonly quantumMs: number;
  /** Where it was read: `internaldate`, `created_at`, ... */
  readonly source: string;
}

/** One step of the way, from two neighbouring Received headers. */
export interface Hop {
  readonly from: string;
  readonly by: string;
  /** Seconds since the hop before; negative when the two hosts' clocks disagree; null where unknown. */
  readonly seconds: number | null;
  /** The difference cannot be true (negative, or a time nobody could read). */
  readonly clockSuspect: boolean;
}

/** Evidence of one canary, as it is stored. */
export interface Sighting {
  /** Names this copy at its observer; the same copy read twice has the same one. */
  readonly externalId: string;
  readonly place: Place;
  /** When the mail became visible: after the last negative look, before the end of the first positive one. */
  readonly ingested: Interval;
  /** End of the look that saw it. */
  readonly seenAt: Instant;
  readonly stamp: Stamp | null;
  readonly hops: readonly Hop[];
  /** The mail's Message-ID as it arrived, when it is not ours. */
  readonly foreignMessageId: string | null;
}
