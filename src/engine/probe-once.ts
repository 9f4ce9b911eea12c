import type { Clock } from '../base/clock.ts';
import type { MonitorError } from '../base/errors.ts';
import { outcomeOf, type Canary } from '../domain/canary.ts';
import type { Policy } from '../domain/probe.ts';
import { readingOf, type Reading } from '../domain/verdict.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { Engine } from './engine.ts';
import type { Order } from './order.ts';
import { failureOf, type LookReport } from './watch.ts';

/** After the timeout one last complete look in every place gets this long (semantics A9). */
export const LAST_LOOK_MS = 15_000;

/** The deadlines of a one-off probe: `timeout` is its lost_after. */
export function oneOffPolicy(lateAfterMs: number, timeoutMs: number): Policy {
  return {
    suspectAfterMs: lateAfterMs / 2,
    lateAfterMs,
    lostAfterMs: timeoutMs,
    forgetAfterMs: timeoutMs + LAST_LOOK_MS,
  };
}

/** What was asked for, in milliseconds; the rest follows from the probe's own policy. */
export interface OneOffWish {
  readonly lateAfterMs?: number | undefined;
  readonly timeoutMs?: number | undefined;
}

/** In milliseconds. Whoever takes wishes checks that the timeout is the later one. */
export interface OneOffDeadlines {
  readonly lateAfterMs: number;
  readonly timeoutMs: number;
}

const DEFAULT_TIMEOUT_MS = 600_000;

/** Semantics A9: the probe's late_after, and 10 minutes (or twice the first, when that is longer). */
export function oneOffDeadlines(
  wish: OneOffWish,
  policy: Pick<Policy, 'lateAfterMs'>,
): OneOffDeadlines {
  const lateAfterMs = wish.lateAfterMs ?? policy.lateAfterMs;
  return {
    lateAfterMs,
    timeoutMs: wish.timeoutMs ?? Math.max(DEFAULT_TIMEOUT_MS, lateAfterMs * 2),
  };
}

/** The same launch, judged by deadlines of its own; no 4xx is tried again beyond the timeout. */
export function oneOffOrder(order: Order, deadlines: OneOffDeadlines): Order {
  const { lateAfterMs, timeoutMs } = deadlines;
  return {
    ...order,
    policy: oneOffPolicy(lateAfterMs, timeoutMs),
    launchWindowMs: Math.min(order.launchWindowMs, timeoutMs),
  };
}

export interface OnceTools {
  readonly clock: Clock;
  readonly ledger: Ledger;
  readonly engine: Engine;
}

export interface OnceOptions {
  readonly order: Order;
  readonly count: number;
  /** From one launch to the next, in milliseconds; the answer of the first is not waited for. */
  readonly intervalMs: number;
  readonly signal: AbortSignal;
  /** Called once a canary has become all that it will become. */
  readonly onEnd?: (canary: Canary) => void;
}

/** Launches canaries now and follows each to its end; answers in the order of launch. */
export async function probeOnce(
  options: OnceOptions,
  tools: OnceTools,
): Promise<readonly Canary[]> {
  const { order, count, intervalMs, signal } = options;
  const runs: Promise<Canary>[] = [];
  const isStopped = (): boolean => signal.aborted;
  for (let index = 0; index < count && !isStopped(); index += 1) {
    const run = follow(order, tools, signal).then((canary) => {
      options.onEnd?.(canary);
      return canary;
    });
    run.catch(() => undefined); // heard below, after the later launches
    runs.push(run);
    if (index < count - 1) await tools.clock.sleep(intervalMs, signal);
  }
  return Promise.all(runs);
}

async function follow(order: Order, tools: OnceTools, signal: AbortSignal): Promise<Canary> {
  const { ledger, engine } = tools;
  const occasion = { kind: 'manual', scheduledAt: null } as const;
  const { launch } = await engine.launch(order, occasion, { signal });
  return whenEnded(ledger, launch.id, signal);
}

/** Resolves once nothing more is expected of a canary, or with what is known when `signal` aborts. */
function whenEnded(ledger: Ledger, id: string, signal: AbortSignal): Promise<Canary> {
  return new Promise((resolve, reject) => {
    let stopListening = (): void => undefined;
    const finish = (canary: Canary): void => {
      stopListening();
      signal.removeEventListener('abort', giveUp);
      resolve(canary);
    };
    const look = (isLast: boolean): void => {
      ledger
        .find(id)
        .then((canary) => {
          if (canary === undefined) throw new Error(`canary ${id} is not in the ledger`);
          if (isLast || isEnded(canary)) finish(canary);
        })
        .catch(reject);
    };
    const giveUp = (): void => look(true);
    stopListening = ledger.subscribe((event) => {
      if (event.launch.id === id) look(false);
    });
    signal.addEventListener('abort', giveUp, { once: true });
    look(signal.aborted);
  });
}

/** Whether a person has the final word: judged if it arrived, else given up. */
function isEnded(canary: Canary): boolean {
  return readingOf(outcomeOf(canary), canary.settlement?.verdict) !== undefined;
}

/** Nagios's scale (design.md section 7): 0 on time, 1 late or misfiled, 2 lost, 3 unknown or not decided yet. */
export function exitCodeOfReading(reading: Reading | undefined): 0 | 1 | 2 | 3 {
  switch (reading) {
    case 'on_time':
      return 0;
    case 'late':
    case 'misfiled':
      return 1;
    case 'lost':
      return 2;
    case 'unsent':
    case 'in_doubt':
    case 'blind':
    case undefined:
      return 3;
  }
}

/** Loss outweighs ignorance, ignorance outweighs lateness. */
export function worstExitCode(codes: readonly number[]): number {
  const rank = [0, 1, 3, 2];
  return codes.reduce(
    (worst, code) => (rank.indexOf(code) > rank.indexOf(worst) ? code : worst),
    0,
  );
}

/** Resolves with the first look's error, or undefined once a look succeeded. */
export function createFirstLook(): {
  readonly heard: (report: LookReport) => void;
  readonly result: Promise<MonitorError | undefined>;
} {
  let settle: (error: MonitorError | undefined) => void = () => undefined;
  const result = new Promise<MonitorError | undefined>((resolve) => {
    settle = resolve;
  });
  return {
    heard: (report) => settle(failureOf(report)),
    result,
  };
}
