import type { Instant } from '../../base/clock.ts';
import { MonitorError } from '../../base/errors.ts';
import type { Place } from '../../domain/sighting.ts';
import type { ControlRule } from '../control-config.ts';
import type { Expectation, Observation, PositiveControl } from '../observer.ts';
import type { Feed, FeedView } from './feed.ts';

export interface FeedControlParts {
  /** Names the other side in errors: a host. */
  readonly what: string;
  readonly feed: Feed;
  /** The list may lag so far behind, in milliseconds. */
  readonly indexLagMs: number;
  /** Ends the connections, where any stay open. */
  readonly renew?: (() => void) | undefined;
  /** Ends with the observer or with whoever asked, whichever is first. */
  readonly attend: <T>(signal: AbortSignal, work: (inner: AbortSignal) => Promise<T>) => Promise<T>;
}

export interface FeedControl extends PositiveControl {
  /** Takes in what a look saw, by whatever way it was read. */
  note(observations: readonly Observation[]): void;
  /** We took it away ourselves. */
  forget(externalId: string): void;
}

interface Known {
  readonly externalId: string;
  readonly launchedAt: Instant;
}

/** A list is asked from so long before the launch of what it has to show: clocks differ. */
const MARGIN_MS = 60_000;
/** What a list in order of change shows of a moment may be a look old. */
const PATIENCE_MS = 10_000;

/**
 * Reads the newest canary that was seen by itself, and holds the list to it: the list has to show it, in the same place,
 * within its lag. A canary that a webhook named was never in the list before, so with webhooks a list that
 * stands still is found out; without them, one that forgot, and one that does not follow a change.
 */
export function createFeedControl(rule: ControlRule, parts: FeedControlParts): FeedControl {
  const { feed, indexLagMs, attend } = parts;
  let newest: Known | undefined;
  let requests = 0;

  async function counted<T>(work: () => Promise<T>): Promise<T> {
    const before = feed.requests();
    try {
      return await work();
    } finally {
      requests += feed.requests() - before;
    }
  }

  async function expect(signal: AbortSignal): Promise<Expectation> {
    if ((feed.spare?.() ?? 1) <= 0) throw spent(parts.what);
    await feed.begin?.(signal);
    const known = newest;
    const place = known === undefined ? undefined : await feed.locate(known.externalId, signal);
    if (place === undefined) newest = undefined;
    const view = place === undefined ? undefined : viewOf(feed, place);
    const withinMs = indexLagMs + PATIENCE_MS;
    // With nothing that is known to be there, a look that succeeds is all there is.
    if (known === undefined || view === undefined) {
      return { what: 'anything', withinMs, isMetBy: () => true };
    }
    return {
      what: 'a canary, read by itself, in the list',
      withinMs,
      isMetBy: (_look, inner) => attend(inner, (own) => counted(() => isShown(feed, known, own))),
    };
  }

  return {
    how: 'the newest canary, read by itself, has to be in the list',
    everyMs: rule.everyMs,
    expect: (signal) => attend(signal, (inner) => counted(() => expect(inner))),
    renew: () => parts.renew?.(),
    requests: () => requests,
    note(observations) {
      for (const { externalId, token } of observations) {
        if (newest !== undefined && token.launchedAt < newest.launchedAt) continue;
        newest = { externalId, launchedAt: token.launchedAt };
      }
    },
    forget(externalId) {
      if (newest?.externalId === externalId) newest = undefined;
    },
  };
}

/** The list is read anew, from the launch on, and what it says compared with the mail itself. */
async function isShown(feed: Feed, known: Known, signal: AbortSignal): Promise<boolean> {
  const place = await feed.locate(known.externalId, signal);
  const view = place === undefined ? undefined : viewOf(feed, place);
  // It went meanwhile, or to where nobody looks.
  if (place === undefined || view === undefined) return true;
  let shown: Place | undefined;
  const { finished } = await feed.read(view, {
    mark: undefined,
    since: known.launchedAt - MARGIN_MS,
    signal,
    take(item) {
      if (item.externalId === known.externalId) shown = item.place;
      return Promise.resolve();
    },
  });
  // A list that is too long for one reading says nothing about what it did not come to.
  return shown === undefined ? !finished : shown === place;
}

function viewOf(feed: Feed, place: Place): FeedView | undefined {
  return feed.views.find(({ places }) => places.includes(place));
}

function spent(what: string): MonitorError {
  const message = `${what}: no requests are left for a positive control`;
  return new MonitorError(message, { reason: 'rate-limited', retryable: true });
}
