import type { Clock, Instant } from '../base/clock.ts';
import { MonitorError, type Reason } from '../base/errors.ts';
import type { Logger } from '../base/logger.ts';
import type { Expectation, Look, Observer, PositiveControl } from '../observers/observer.ts';

/** `inconclusive`: the other way was closed to us for now, which says nothing about looks. */
export type ControlResult = 'passed' | 'failed' | 'inconclusive';

export interface ControlReport {
  readonly observer: string;
  readonly result: ControlResult;
  /** Why it did not pass. */
  readonly error?: MonitorError;
  /** It failed again after the connection was replaced: what looks do not show proves nothing now. */
  readonly isBlind: boolean;
}

export interface DrillTools {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly observer: Observer;
  readonly onControl?: (report: ControlReport) => void;
  readonly onCleanupFailure?: (observer: string) => void;
}

/** Puts a watch to the test, now and then: what is there must be seen. */
export interface Drill {
  /** Before a look: makes what is due. Answers whether the look has to be a complete one. Never rejects for a MonitorError. */
  prepare(signal: AbortSignal): Promise<boolean>;
  /** What a look is worth: not complete while the control says that it does not see. */
  judge(look: Look, signal: AbortSignal): Promise<Judged>;
  /** A look failed by itself: the next ones, when they succeed, are put to the test at once. */
  lookFailed(error: MonitorError): void;
}

/**
 * `proven`: the control passed with this look; `doubtful`: it failed last, so what looks did not show since the one before
 * may have been there; `recovered`: it passes again, and all of that has to be read anew.
 */
export type Standing = 'sound' | 'proven' | 'doubtful' | 'recovered';

export interface Judged {
  readonly look: Look;
  readonly standing: Standing;
}

/** So many failures in a row make a watcher blind; the connection is replaced after each. */
const STRIKES = 2;
/** After these another connection may tell more. */
const WORTH_ANOTHER_WAY: readonly Reason[] = ['timeout', 'unreachable', 'bad-reply', 'refused'];
const INCONCLUSIVE_PAUSE_MS = 60_000;

export function createDrill(tools: DrillTools): Drill {
  const control = tools.observer.positiveControl;
  return control === undefined ? NO_DRILL : drillOf(control, tools);
}

const NO_DRILL: Drill = {
  prepare: () => Promise.resolve(false),
  judge: (look) => Promise.resolve({ look, standing: 'sound' }),
  lookFailed: () => undefined,
};

interface Pending {
  readonly expectation: Expectation;
  readonly since: Instant;
}

function drillOf(control: PositiveControl, tools: DrillTools): Drill {
  const { clock, observer } = tools;
  let dueAt: Instant = clock.now() + control.everyMs;
  let strikes = 0;
  /** Why the latest look failed. */
  let lookError: Reason | undefined;
  let pending: Pending | undefined;
  let last: MonitorError | undefined;

  const report = (result: ControlResult, error?: MonitorError): void =>
    tell(tools, {
      ...{ observer: observer.name, result, isBlind: strikes >= STRIKES },
      ...(error === undefined ? {} : { error }),
    });

  function pass(): void {
    strikes = 0;
    last = undefined;
    dueAt = clock.now() + control.everyMs;
    report('passed');
  }

  function strike(error: MonitorError): void {
    strikes += 1;
    last = error;
    control.renew();
    report('failed', error);
  }

  async function drop(signal: AbortSignal): Promise<void> {
    const { expectation } = pending ?? {};
    pending = undefined;
    await clear(expectation, signal, tools);
  }

  function isDue(): boolean {
    if (clock.now() < dueAt && strikes === 0) return false;
    if (lookError === undefined) return true;
    // While looks fail by themselves they prove nothing anyway: two failures say so, and a login that was refused is not tried twice as often.
    return strikes < STRIKES && WORTH_ANOTHER_WAY.includes(lookError);
  }

  return {
    async prepare(signal) {
      if (pending !== undefined) return true;
      if (!isDue()) return false;
      try {
        const expectation = await control.expect(signal);
        pending = { expectation, since: clock.now() };
      } catch (error) {
        if (!(error instanceof MonitorError)) throw error;
        if (signal.aborted || error.reason === 'aborted') return false;
        if (error.reason !== 'rate-limited') strike(asControl(error, observer));
        else {
          dueAt = clock.now() + Math.max(INCONCLUSIVE_PAUSE_MS, error.retryAfterMs ?? 0);
          report('inconclusive', error);
        }
      }
      return pending !== undefined || strikes > 0;
    },
    async judge(look, signal) {
      lookError = undefined;
      const wasDoubtful = last !== undefined;
      let hasPassed = false;
      if (pending !== undefined && look.complete) {
        const { expectation, since } = pending;
        if (await expectation.isMetBy(look, signal)) {
          await drop(signal);
          pass();
          hasPassed = true;
        } else if (clock.now() - since >= expectation.withinMs) {
          await drop(signal);
          strike(unseen(expectation, observer));
        }
      }
      if (last !== undefined) {
        const failure = look.failure ?? last;
        return { look: { ...look, complete: false, failure }, standing: 'doubtful' };
      }
      if (wasDoubtful) return { look: { ...look, complete: false }, standing: 'recovered' };
      return { look, standing: hasPassed ? 'proven' : 'sound' };
    },
    lookFailed({ reason }) {
      lookError = reason;
      dueAt = Math.min(dueAt, clock.now());
    },
  };
}

async function clear(
  expectation: Expectation | undefined,
  signal: AbortSignal,
  { observer, logger, onCleanupFailure }: DrillTools,
): Promise<void> {
  try {
    await expectation?.clear?.(signal);
  } catch (error) {
    if (!(error instanceof MonitorError)) throw error;
    if (signal.aborted) return;
    const { reason, message: detail } = error;
    logger.warn({ observer: observer.name, reason, detail }, 'marker was not taken away');
    onCleanupFailure?.(observer.name);
  }
}

function tell({ logger, onControl }: DrillTools, report: ControlReport): void {
  const { observer, error, isBlind } = report;
  onControl?.(report);
  if (error === undefined) return;
  const fields = { observer, reason: error.reason, detail: error.message, isBlind };
  if (report.result === 'failed') logger.warn(fields, 'positive control failed');
  else logger.info(fields, 'positive control could not be made');
}

function asControl(error: MonitorError, observer: Observer): MonitorError {
  const { reason, retryable, retryAfterMs } = error;
  const wish = retryAfterMs === undefined ? {} : { retryAfterMs };
  const message = `positive control of ${observer.name}: ${error.message}`;
  return new MonitorError(message, { reason, retryable, ...wish, cause: error });
}

function unseen({ what }: Expectation, observer: Observer): MonitorError {
  const message = `positive control of ${observer.name}: looks do not show ${what}`;
  return new MonitorError(message, { reason: 'bad-reply', retryable: true });
}
