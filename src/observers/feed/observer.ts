import { whenAborted } from '../../base/abort.ts';
import type { Clock } from '../../base/clock.ts';
import { MonitorError } from '../../base/errors.ts';
import type { Random } from '../../base/random.ts';
import type { TokenKeys } from '../../domain/token.ts';
import type { ControlRule } from '../control-config.ts';
import { createGate, type Gate } from '../gate.ts';
import type {
  Capabilities,
  HookRequest,
  Litter,
  Look,
  LookOptions,
  Observer,
  ObserverReport,
  TidyManner,
  TidyResult,
} from '../observer.ts';
import { createCopyMemory, type CopyMemory } from './copies.ts';
import type { Feed } from './feed.ts';
import type { HookInbox } from './hooks.ts';
import { lookThrough } from './look.ts';
import { createRation, NO_RATION, type Ration } from './ration.ts';
import { createFeedControl, type FeedControl } from './positive-control.ts';

/** What an adapter brings; the rest is the same for all of them. */
export interface FeedObserverOptions {
  readonly name: string;
  readonly type: string;
  /** Names the other side in errors: a host. */
  readonly what: string;
  /** `push` follows from `hooks` and `news`. */
  readonly capabilities: Omit<Capabilities, 'push'>;
  readonly feed: Feed;
  /** Tells what was found. @throws MonitorError with what to fix */
  readonly check: (signal: AbortSignal) => Promise<ObserverReport>;
  readonly tidy?: (
    litter: Litter,
    options: { readonly manner: TidyManner; readonly signal: AbortSignal },
  ) => Promise<TidyResult>;
  /** Webhooks, where some are expected. */
  readonly hooks?: HookInbox | undefined;
  /** A signed push that tells of no canary. */
  readonly testHook?: (() => HookRequest) | undefined;
  /** Another push: resolves at news, or when `signal` aborts. Never rejects. */
  readonly news?: ((signal: AbortSignal) => Promise<void>) | undefined;
  /** Undefined: nobody wants one. */
  readonly control: ControlRule | undefined;
  /** Ends connections that stay open, for the next request to make another one. */
  readonly renew?: (() => void) | undefined;
  readonly close: () => void | Promise<void>;
}

export interface FeedObserverTools {
  readonly clock: Clock;
  readonly random: Random;
  readonly keys: TokenKeys;
}

/** An observer of a system that shows its mails in lists. Looks change nothing. */
export function createFeedObserver(
  options: FeedObserverOptions,
  tools: FeedObserverTools,
): Observer {
  const { name, type, capabilities, hooks, news, check, tidy } = options;
  const closing = new AbortController();
  const { metered } = capabilities;
  const perMinute = metered?.requestsPerMinute;
  const ration = perMinute === undefined ? NO_RATION : createRation(tools.clock, perMinute);
  const parts: Parts = {
    ...options,
    ...tools,
    gate: createGate(tools),
    memory: createCopyMemory(),
    ration,
    closing: closing.signal,
    positiveControl: undefined,
  };
  const positiveControl = (parts.positiveControl = controlOf(parts));
  const push = hooks === undefined ? news : (signal: AbortSignal) => hooks.wait(signal);
  return {
    name,
    type,
    capabilities: {
      ...capabilities,
      push: push !== undefined,
      ...(metered === undefined ? {} : { metered: { ...metered, restMs: () => ration.restMs() } }),
    },
    look: (wish) => look(parts, wish),
    news(signal) {
      const stop = AbortSignal.any([signal, closing.signal]);
      return push === undefined ? whenAborted(stop) : push(stop);
    },
    check: (signal) => attend(parts, signal, check),
    ...(tidy === undefined
      ? {}
      : {
          tidy: (litter, { manner, signal }) =>
            attend(parts, signal, async (inner) => {
              const result = await tidy(litter, { manner, signal: inner });
              if (manner === 'delete') positiveControl?.forget(litter.externalId);
              return result;
            }),
        }),
    ...(positiveControl === undefined ? {} : { positiveControl }),
    ...(hooks === undefined ? {} : { hook: (request) => hooks.accept(request) }),
    ...(options.testHook === undefined ? {} : { testHook: options.testHook }),
    async close() {
      closing.abort();
      await options.close();
    },
  };
}

interface Parts extends FeedObserverOptions, FeedObserverTools {
  readonly gate: Gate;
  readonly memory: CopyMemory;
  readonly ration: Ration;
  readonly closing: AbortSignal;
  positiveControl: FeedControl | undefined;
}

function controlOf(parts: Parts): FeedControl | undefined {
  const { control, what, feed, renew, capabilities, ration } = parts;
  if (control === undefined) return undefined;
  const { indexLagMs } = capabilities;
  return createFeedControl(control, {
    ...{ what, feed, renew, indexLagMs },
    attend: (signal, work) =>
      attend(parts, signal, async (inner) => {
        const before = feed.requests();
        try {
          return await work(inner);
        } finally {
          ration.noteControl(feed.requests() - before);
        }
      }),
  });
}

function look(parts: Parts, options: LookOptions): Promise<Look> {
  const { gate, hooks } = parts;
  return attend(parts, options.signal, async (signal) => {
    gate.pass();
    try {
      const seen = await lookThrough(parts, hooks?.drain() ?? [], { ...options, signal });
      if (seen.failure === undefined) gate.reset();
      parts.positiveControl?.note(seen.observations);
      return seen;
    } catch (error) {
      if (error instanceof MonitorError) gate.failed(error);
      throw error;
    }
  });
}

/** Ends with the observer or with whoever asked, whichever is first. */
async function attend<T>(
  { closing, what }: Parts,
  signal: AbortSignal,
  work: (inner: AbortSignal) => Promise<T>,
): Promise<T> {
  const outer = AbortSignal.any([signal, closing]);
  const isOver = (): boolean => outer.aborted;
  if (isOver()) throw stopped(what);
  try {
    return await work(outer);
  } catch (error) {
    throw isOver() ? stopped(what) : error;
  }
}

function stopped(what: string): MonitorError {
  return new MonitorError(`${what}: the look was stopped`, { reason: 'aborted', retryable: true });
}
