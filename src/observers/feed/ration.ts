import type { Clock, Instant } from '../../base/clock.ts';
import { SHARE_OF_LISTS } from '../rate-config.ts';

/** How the requests of a minute are divided between lists, which alone prove an absence, and what can wait. */
export interface Ration {
  /** The look that began then spent so many on lists. */
  noteLists(startedAt: Instant, requests: number): void;
  /** So many were spent on something else. */
  noteOther(requests: number): void;
  /** So many were spent on a list besides, to hold a look to it: the next look waits for them, unless it is due. */
  noteControl(requests: number): void;
  /** How many may be spent now on sources, on what webhooks named, on positive controls. */
  left(): number;
  /** From the end of the latest look to the next one, at least, in milliseconds. */
  restMs(): number;
}

const MINUTE_MS = 60_000;
/** Quick looks cost less than complete ones, and one that was cut off less than it should have. */
const LOOKS_REMEMBERED = 3;

interface Spent {
  readonly at: Instant;
  readonly requests: number;
}

/**
 * Many probes make long lists: what was reported lately is in each of them again. 200 canaries a minute in a list that
 * overlaps by 3 minutes are 24 pages; at 60 requests a minute that is one look a minute and 36 requests for all else, at 200
 * five looks and 80.
 */
export function createRation(clock: Clock, perMinute: number): Ration {
  let lists: readonly number[] = [];
  let others: readonly Spent[] = [];
  let rest = 0;
  let lookedAt: Instant = -Infinity;

  const costOfLook = (): number => Math.max(0, ...lists);
  // A list that takes more than its share is read once a minute.
  const looksAMinute = (cost: number): number =>
    Math.max(1, Math.floor((SHARE_OF_LISTS * perMinute) / cost));
  const spentOnOthers = (): number => {
    const since = clock.now() - MINUTE_MS;
    others = others.filter(({ at }) => at > since);
    return others.reduce((sum, { requests }) => sum + requests, 0);
  };

  return {
    noteLists(startedAt, requests) {
      lists = [...lists, requests].slice(-LOOKS_REMEMBERED);
      const cost = costOfLook();
      const apartMs = cost === 0 ? 0 : MINUTE_MS / looksAMinute(cost);
      lookedAt = startedAt;
      rest = Math.max(0, startedAt + apartMs - clock.now());
    },
    noteControl(requests) {
      const dueInMs = Math.max(0, lookedAt + MINUTE_MS - clock.now());
      rest = Math.min(dueInMs, rest + (requests * MINUTE_MS) / perMinute);
    },
    noteOther(requests) {
      if (requests > 0) others = [...others, { at: clock.now(), requests }];
    },
    left() {
      const cost = costOfLook();
      const kept = cost === 0 ? 0 : cost * looksAMinute(cost);
      return Math.max(0, Math.floor(perMinute - kept - spentOnOthers()));
    },
    restMs: () => rest,
  };
}

/** Where no request is counted. */
export const NO_RATION: Ration = {
  noteLists: () => undefined,
  noteOther: () => undefined,
  noteControl: () => undefined,
  left: () => Infinity,
  restMs: () => 0,
};
