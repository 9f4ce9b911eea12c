import type { Clock } from '../../base/clock.ts';
import type { Conversation } from './conversation.ts';

/** Conversations by id, each with what it was before: the database, and the search index behind it. */
export interface Versions {
  find(id: number): Conversation | undefined;
  put(conversation: Conversation): void;
  delete(id: number): void;
  /** All of them as they were `lagMs` ago. */
  asOf(lagMs: number): readonly Conversation[];
}

interface Version {
  readonly at: number;
  readonly conversation: Conversation;
}

/** Older versions are dropped; no lag is longer. */
const LONGEST_LAG_MS = 3_600_000;

export function createVersions(clock: Clock): Versions {
  const all = new Map<number, readonly Version[]>();
  return {
    find: (id) => all.get(id)?.at(-1)?.conversation,
    delete: (id) => void all.delete(id),
    put(conversation) {
      const at = clock.now();
      const before = all.get(conversation.id) ?? [];
      const outdated = before.findLastIndex((version) => version.at < at - LONGEST_LAG_MS);
      all.set(conversation.id, [...before.slice(Math.max(0, outdated)), { at, conversation }]);
    },
    asOf(lagMs) {
      const at = clock.now() - lagMs;
      return [...all.values()].flatMap((versions) => {
        const seen = versions.findLast((version) => version.at <= at)?.conversation;
        return seen === undefined ? [] : [seen];
      });
    },
  };
}
