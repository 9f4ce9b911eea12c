import type { Clock, Instant } from '../base/clock.ts';
import { MonitorError } from '../base/errors.ts';
import type { Logger } from '../base/logger.ts';
import { startLoop, superviseLoop, type Loop, type Supervised } from '../base/loop.ts';
import type { Random } from '../base/random.ts';
import type { Canary } from '../domain/canary.ts';
import { chainOf } from '../domain/stage.ts';
import type { TokenKeys } from '../domain/token.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { interruptedLaunches } from '../ledger/open-canaries.ts';
import type { Observer } from '../observers/observer.ts';
import type { Sender } from '../senders/sender.ts';
import type { LoopName } from '../metrics/labels.ts';
import type { OnCrash } from './crash.ts';
import { horizonOf } from './evidence.ts';
import { launch, type Attempt } from './launch.ts';
import type { Occasion, Order } from './order.ts';
import { noteRestart } from './restart.ts';
import { startSettling, type Settling } from './settle.ts';
import type { TidyPolicy } from './tidy-copy.ts';
import type { ControlReport } from './positive-control.ts';
import { createTimeGuard, type TimeGuard } from './time-guard.ts';
import { startTidying, type Tidying } from './tidy.ts';
import { startWatch, type LookReport, type Watch } from './watch.ts';

export interface EngineTools {
  readonly clock: Clock;
  readonly random: Random;
  readonly keys: TokenKeys;
  readonly ledger: Ledger;
  readonly logger: Logger;
  readonly senders: ReadonlyMap<string, Sender>;
  readonly observers: ReadonlyMap<string, Observer>;
  /** How long canaries stay in the ledger; undefined: for ever. */
  readonly keepMs?: number;
  /** Whether the probe of a canary was paused at an instant. */
  readonly wasPaused?: (canary: Canary, at: Instant) => boolean;
  /** Whether nobody watches for a canary any more: its probe is not configured, or watched elsewhere. */
  readonly wasRemoved?: (canary: Canary) => boolean;
  /** Whether both of these can be answered yet; until then nobody is judged. */
  readonly mayJudge?: () => boolean;
  /** Observer to where it looks: a fingerprint. */
  readonly sites?: ReadonlyMap<string, string>;
  /** Where it is given, a loop that crashes is made anew; otherwise {@link Engine.crashed} rejects. */
  readonly onCrash?: OnCrash;
  readonly onAttempt?: (attempt: Attempt) => void;
  readonly onLook?: (report: LookReport) => void;
  readonly onControl?: (report: ControlReport) => void;
  readonly lookIntervalOf?: (observer: string) => number;
  /** Observer to how its copies are cleaned away; the others are kept. */
  readonly tidying?: ReadonlyMap<string, TidyPolicy>;
  readonly onCleanupFailure?: (observer: string) => void;
}

export interface LaunchOptions {
  readonly signal: AbortSignal;
  /** Hears that the canary is durable, before its dialogue. */
  readonly onLaunched?: (canary: Canary) => void;
}

/** Watches, settles and launches; the one-off probe and the daemon both stand on it. */
export interface Engine {
  /** Writes down what a crash left open, then starts the loops. */
  start(): Promise<void>;
  /** Resolves with the launched canary once the mail system's answer is in the ledger. */
  launch(order: Order, occasion: Occasion, options: LaunchOptions): Promise<Canary>;
  /** Judges again: what is paused or removed has changed. */
  reconsider(): void;
  /** Until then nothing is judged, since the ledger knows of later instants than our clock told at the start; undefined: all is well. */
  judgesFrom(): Instant | undefined;
  /** Copies at an observer that are due to be cleaned away and were not; undefined before the first attempt. */
  litter(observer: string): number | undefined;
  /** Rejects when a loop crashed (our own bug) that is not made anew. */
  readonly crashed: Promise<never>;
  stop(): Promise<void>;
}

export function createEngine(tools: EngineTools): Engine {
  const { observers, senders, sites } = tools;
  const watches = new Map<string, Supervised<Watch>>();
  const others: Loop[] = [];
  const tidyings = new Map<string, Supervised<Tidying>>();
  let settling: Settling | undefined;
  let guard: TimeGuard | undefined;
  const { crashed, crash } = createAlarm();

  function run<L extends Loop>(name: LoopName, start: () => L): Supervised<L> {
    const loop = supervised(name, start, tools);
    loop.ended.catch(crash);
    return loop;
  }

  function heard(report: LookReport): void {
    if (report.type === 'looked' && report.look.complete) {
      const lag = observers.get(report.observer)?.capabilities.indexLagMs ?? 0;
      settling?.horizonMoved(horizonOf(report.look, lag));
    }
    tools.onLook?.(report);
  }

  return {
    crashed,
    async start() {
      const own = (guard = createTimeGuard(tools.clock, tools.ledger, observers.keys()));
      await noteRestart(tools);
      await doubtInterrupted(tools);
      const { keepMs } = tools;
      if (keepMs !== undefined) others.push(run('prune', () => startPruning(tools, keepMs)));
      others.push(run('settle', () => (settling = startSettling({ ...tools, guard: own }))));
      for (const [name, observer] of observers) {
        const start = (): Watch =>
          startWatch({ ...tools, observer, site: sites?.get(name), onLook: heard });
        watches.set(name, run('watch', start));
      }
      for (const [name, start] of tidyStarts(tools)) tidyings.set(name, run('tidy', start));
    },
    async launch(order, occasion, { signal, onLaunched: heardOf }) {
      const sender = senders.get(order.route.sender);
      if (sender === undefined) throw unknownSender(order.route.sender);
      // The mail may arrive before its 250 does: the watch must not sleep through the dialogue.
      const onLaunched = (canary: Canary): void => {
        for (const name of chainOf(order.route)) watches.get(name)?.current().expect();
        heardOf?.(canary);
      };
      return launch(order, occasion, { ...tools, sender, signal, onLaunched });
    },
    reconsider: () => settling?.reconsider(),
    judgesFrom: () => guard?.judgesFrom(),
    litter: (observer) => (tidyings.has(observer) ? tidyings.get(observer)?.current().litter() : 0),
    async stop() {
      tools.ledger.stopWaiting(); // or a loop that waits for a dead disk would never end
      const talking = [...watches.values(), ...tidyings.values()];
      await Promise.all(talking.map((loop) => loop.stop()));
      for (const loop of others.splice(0).reverse()) await loop.stop();
    },
  };
}

/** A promise that is rejected by the first crash; whoever awaits it hears it. */
function createAlarm(): {
  readonly crashed: Promise<never>;
  readonly crash: (error: unknown) => void;
} {
  let crash: (error: unknown) => void = () => undefined;
  const crashed = new Promise<never>((_resolve, reject) => {
    crash = reject;
  });
  crashed.catch(() => undefined);
  return { crashed, crash };
}

function tidyStarts(tools: EngineTools): ReadonlyMap<string, () => Tidying> {
  const starts = new Map<string, () => Tidying>();
  for (const [name, policy] of tools.tidying ?? []) {
    const observer = tools.observers.get(name);
    if (observer === undefined) continue;
    starts.set(name, () => startTidying({ ...tools, observer, policy }));
  }
  return starts;
}

function supervised<L extends Loop>(
  name: LoopName,
  start: () => L,
  { clock, onCrash }: Pick<EngineTools, 'clock' | 'onCrash'>,
): Supervised<L> {
  if (onCrash !== undefined) {
    const told = (error: unknown, crashes: number): number => onCrash(name, error, crashes);
    return superviseLoop({ clock, start, onCrash: told });
  }
  const loop = start();
  return { ...loop, current: () => loop };
}

const DAY_MS = 86_400_000;
const PRUNE_RETRY_MS = 60_000;

/** Forgets once a day what is older than it is to be kept. */
function startPruning({ clock, ledger }: EngineTools, keepMs: number): Loop {
  return startLoop({
    clock,
    async round() {
      try {
        await ledger.prune(clock.now() - keepMs);
        return DAY_MS;
      } catch (error) {
        if (!(error instanceof MonitorError)) throw error;
        return PRUNE_RETRY_MS; // while the ledger cannot be written
      }
    },
  });
}

function unknownSender(name: string): MonitorError {
  return new MonitorError(`there is no sender named ${name}`, {
    reason: 'config',
    retryable: false,
  });
}

/**
 * A launch without an answer in the ledger, when nothing of ours is running
 * yet, was cut off by the end of an earlier process: the mail may or may not
 * have gone out, so it is in doubt.
 */
async function doubtInterrupted(tools: EngineTools): Promise<void> {
  const { clock, ledger } = tools;
  const interrupted = interruptedLaunches(ledger.open());
  if (interrupted.length === 0) return;
  await ledger.append(
    interrupted.map(({ launch: { id, launchedAt } }) => ({
      id,
      fact: {
        type: 'doubted',
        doubt: {
          at: { low: launchedAt, high: Math.max(launchedAt, clock.now()) },
          reason: 'aborted',
          detail: 'the monitor stopped before the mail system answered',
        },
      },
    })),
  );
}
