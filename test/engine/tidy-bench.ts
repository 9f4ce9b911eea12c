import { onTestFinished } from 'vitest';
import { MonitorError, type Reason } from '../../src/base/errors.ts';
import { silentLogger } from '../../src/base/logger.ts';
import type { Fact } from '../../src/domain/canary.ts';
import type { Place } from '../../src/domain/sighting.ts';
import type { TokenKeys } from '../../src/domain/token.ts';
import type { TidyPolicy } from '../../src/engine/tidy-copy.ts';
import { startTidying, type Tidying } from '../../src/engine/tidy.ts';
import type { Ledger } from '../../src/ledger/ledger.ts';
import type { Litter, Observer, TidyManner, TidyResult } from '../../src/observers/observer.ts';
import { createFakeClock, type FakeClock } from '../support/fake-clock.ts';
import { openTestLedger } from '../support/test-ledger.ts';
import { createFakeRandom } from '../support/fake-random.ts';
import { TEST_KEYS, testLaunch } from '../support/test-launch.ts';

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;

interface Call extends Litter {
  readonly manner: TidyManner;
}

/** An observer that only tidies. */
export interface FakeTidier {
  readonly observer: Observer;
  readonly calls: Call[];
  /** External ids in the order in which they were tried. */
  tried(): string[];
}

type Answer = (
  litter: Litter,
  signal: AbortSignal,
) => TidyResult | MonitorError | Promise<TidyResult>;

export function fakeTidier(answer: Answer = () => 'done'): FakeTidier {
  const calls: Call[] = [];
  const none = (): never => {
    throw new Error('not asked for here');
  };
  const observer: Observer = {
    name: 'helpdesk',
    type: 'fake',
    capabilities: { minPauseMs: 5_000, indexLagMs: 0, push: false, stampQuantumMs: null },
    look: none,
    news: none,
    check: none,
    async tidy(litter, { manner, signal }) {
      calls.push({ ...litter, manner });
      const result = await answer(litter, signal);
      if (result instanceof MonitorError) throw result;
      return result;
    },
    close: () => Promise.resolve(),
  };
  return { observer, calls, tried: () => calls.map(({ externalId }) => externalId) };
}

export interface TidyBench {
  readonly clock: FakeClock;
  readonly ledger: Ledger;
  /** The observers of the failures that were counted. */
  readonly failed: string[];
  /** Until the test ends. */
  start(tidier: FakeTidier, options?: StartOptions): Tidying;
  /** A canary that arrives now, once for each id, and is judged unless it says not to; its id. */
  arrive(externalIds: readonly string[], options?: ArriveOptions): Promise<string>;
  /** Time, in steps that wait for whatever the loop does in between: long ones for long times. */
  pass(ms: number): Promise<void>;
}

interface StartOptions {
  readonly policy?: Partial<TidyPolicy>;
  readonly keys?: TokenKeys;
  readonly ledger?: Ledger;
}

interface ArriveOptions {
  readonly place?: Place;
  readonly judged?: boolean;
}

export async function createTidyBench(): Promise<TidyBench> {
  const clock = createFakeClock();
  const ledger = await openTestLedger(clock);
  const running: Tidying[] = [];
  const failed: string[] = [];
  let number = 0;
  onTestFinished(async () => {
    for (const tidying of running) await tidying.stop();
    await ledger.close();
  });
  return {
    clock,
    ledger,
    failed,
    start({ observer }, options = {}) {
      const tidying = startTidying({
        clock,
        random: createFakeRandom(1),
        keys: options.keys ?? TEST_KEYS,
        ledger: options.ledger ?? ledger,
        logger: silentLogger,
        observer,
        policy: { manner: 'delete', afterMs: HOUR, ...options.policy },
        onCleanupFailure: (name) => failed.push(name),
      });
      running.push(tidying);
      return tidying;
    },
    async arrive(externalIds, { place, judged = true } = {}) {
      number += 1;
      const at = clock.now();
      const launch = testLaunch({ sequence: number, launchedAt: at + number });
      const { id } = (await ledger.launch(launch)).launch;
      const facts = externalIds.map((externalId) => sighting(at, externalId, place));
      if (judged) facts.push(settlement(at));
      await ledger.append(facts.map((fact) => ({ id, fact })));
      return id;
    },
    async pass(ms) {
      const end = clock.now() + ms;
      const stepMs = ms >= HOUR / 2 ? 30_000 : ms >= 2 * MINUTE ? 5_000 : 500;
      while (clock.now() < end) {
        await clock.whenAsleep();
        await clock.advance(Math.min(stepMs, end - clock.now()));
      }
      await clock.whenAsleep();
    },
  };
}

export function sighting(at: number, externalId: string, place: Place = 'inbox'): Fact {
  const ingested = { low: at, high: at };
  const rest = { stamp: null, hops: [], foreignMessageId: null };
  return { type: 'sighted', sighting: { externalId, place, ingested, seenAt: at, ...rest } };
}

export function settlement(at: number): Fact {
  return { type: 'settled', settlement: { verdict: 'on_time', at, horizon: null } };
}

export function error(reason: Reason, retryAfterMs?: number): MonitorError {
  const wish = retryAfterMs === undefined ? {} : { retryAfterMs };
  return new MonitorError('no', { reason, retryable: true, ...wish });
}

/** The methods of a ledger as they can be spread. */
export function bound(of: Ledger): Ledger {
  return {
    launch: (draft) => of.launch(draft),
    append: (entries) => of.append(entries),
    recordLook: (entry) => of.recordLook(entry),
    prune: (before) => of.prune(before),
    activate: (probe, vantage) => of.activate(probe, vantage),
    retain: (vantage, probes) => of.retain(vantage, probes),
    pause: (probe, vantage, pause) => of.pause(probe, vantage, pause),
    newest: (probe, vantage) => of.newest(probe, vantage),
    litter: (query, limit) => of.litter(query, limit),
    countLitter: (query) => of.countLitter(query),
    markTidied: (copies) => of.markTidied(copies),
    open: () => of.open(),
    openAt: (observer) => of.openAt(observer),
    find: (id) => of.find(id),
    observerState: (observer) => of.observerState(observer),
    lossTrail: (series) => of.lossTrail(series),
    isWritable: () => of.isWritable(),
    lastMark: () => of.lastMark(),
    checkWritable: () => of.checkWritable(),
    subscribe: (listener) => of.subscribe(listener),
    stopWaiting: () => of.stopWaiting(),
    close: () => of.close(),
  };
}
