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
  /** That it took since the report before. */
  readonly requests: number;
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
  return control === undefined ? NO_DRILL : new ControlDrill(control, tools);
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

class ControlDrill implements Drill {
  readonly #control: PositiveControl;
  readonly #tools: DrillTools;
  #dueAt: Instant;
  #strikes = 0;
  /** Why the latest look failed. */
  #lookError: Reason | undefined;
  #pending: Pending | undefined;
  #last: MonitorError | undefined;
  #toldRequests = 0;

  constructor(control: PositiveControl, tools: DrillTools) {
    this.#control = control;
    this.#tools = tools;
    this.#dueAt = tools.clock.now() + control.everyMs;
  }

  async prepare(signal: AbortSignal): Promise<boolean> {
    if (this.#pending !== undefined) return true;
    if (!this.#isDue()) return false;
    try {
      const expectation = await this.#control.expect(signal);
      this.#pending = { expectation, since: this.#tools.clock.now() };
    } catch (error) {
      if (!(error instanceof MonitorError)) throw error;
      if (signal.aborted || error.reason === 'aborted') return false;
      if (error.reason === 'rate-limited') this.#postpone(error);
      else this.#strike(asControl(error, this.#tools.observer));
    }
    return this.#pending !== undefined || this.#strikes > 0;
  }

  async judge(look: Look, signal: AbortSignal): Promise<Judged> {
    this.#lookError = undefined;
    const wasDoubtful = this.#last !== undefined;
    const hasPassed = look.complete && (await this.#examine(look, signal));
    if (this.#last !== undefined) {
      const failure = look.failure ?? this.#last;
      return { look: { ...look, complete: false, failure }, standing: 'doubtful' };
    }
    if (wasDoubtful) return { look: { ...look, complete: false }, standing: 'recovered' };
    return { look, standing: hasPassed ? 'proven' : 'sound' };
  }

  lookFailed({ reason }: MonitorError): void {
    this.#lookError = reason;
    this.#dueAt = Math.min(this.#dueAt, this.#tools.clock.now());
  }

  #isDue(): boolean {
    if (this.#tools.clock.now() < this.#dueAt && this.#strikes === 0) return false;
    if (this.#lookError === undefined) return true;
    // While looks fail by themselves they prove nothing anyway: two failures say so, and a login that was refused is not tried twice as often.
    return this.#strikes < STRIKES && WORTH_ANOTHER_WAY.includes(this.#lookError);
  }

  /** Whether a complete look showed what it had to. */
  async #examine(look: Look, signal: AbortSignal): Promise<boolean> {
    if (this.#pending === undefined) return false;
    const { expectation, since } = this.#pending;
    const isMet = await expectation.isMetBy(look, signal);
    if (!isMet && this.#tools.clock.now() - since < expectation.withinMs) return false;
    this.#pending = undefined;
    await clear(expectation, signal, this.#tools);
    if (isMet) this.#pass();
    else this.#strike(unseen(expectation, this.#tools.observer));
    return isMet;
  }

  #pass(): void {
    this.#strikes = 0;
    this.#last = undefined;
    this.#dueAt = this.#tools.clock.now() + this.#control.everyMs;
    this.#report('passed');
  }

  #strike(error: MonitorError): void {
    this.#strikes += 1;
    this.#last = error;
    this.#control.renew();
    this.#report('failed', error);
  }

  #postpone(error: MonitorError): void {
    const pauseMs = Math.max(INCONCLUSIVE_PAUSE_MS, error.retryAfterMs ?? 0);
    this.#dueAt = this.#tools.clock.now() + pauseMs;
    this.#report('inconclusive', error);
  }

  #report(result: ControlResult, error?: MonitorError): void {
    const requests = this.#control.requests() - this.#toldRequests;
    this.#toldRequests += requests;
    const told = {
      observer: this.#tools.observer.name,
      result,
      requests,
      isBlind: this.#strikes >= STRIKES,
    };
    tell(this.#tools, error === undefined ? told : { ...told, error });
  }
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
