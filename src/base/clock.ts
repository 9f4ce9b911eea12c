/**
 * An instant: epoch milliseconds on the steady clock, with microseconds in the
 * fraction (a double holds them exactly enough until the year 2255).
 */
export type Instant = number;

/** While the wall clock is further than this from ours, no horizon settles anything (semantics B4). */
export const SKEW_LIMIT_MS = 5_000;

/** A jump of the wall clock that the steady clock did not follow at once. */
export interface ClockStep {
  readonly at: Instant;
  /** How far the wall clock moved against ours, in milliseconds; negative = back. */
  readonly byMs: number;
}

/** For how long the machine has been up, suspended or not. */
export interface Uptime {
  /** Another one after each boot, and on each machine. */
  readonly bootId: string;
  readonly ms: number;
}

/** The only source of time and of timers outside `base`. */
export interface Clock {
  /** The present on the steady clock; never goes back. */
  now(): Instant;
  /** Wall clock minus steady clock, in milliseconds. */
  skewMs(): number;
  /** Wall clock steps of more than a second seen so far, oldest first. */
  steps(): readonly ClockStep[];
  /** Undefined, or not there, where nothing tells one boot from another. */
  uptime?(): Uptime | undefined;
  /**
   * Resolves after `ms` milliseconds (0 or less: at the next turn of the event
   * loop), or as soon as `signal` aborts. Never rejects: look at the signal.
   */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** What a steady clock is made of; all in milliseconds. */
export interface ClockSources {
  /** Epoch milliseconds; may step. */
  readonly wall: () => number;
  /** Monotonic; stands still while the machine is suspended. */
  readonly monotonic: () => number;
  /** Monotonic; goes on while the machine is suspended. Coarse (10 ms) is fine. */
  readonly boot: () => number;
}

/** The wall clock is followed at no more than this rate (NTP's own limit for slewing). */
export const SLEW_LIMIT = 500e-6;
const STEP_MS = 1_000;
/** Below this the granularity of the boot clock (whole seconds on some systems) explains the difference. */
const SUSPENSION_MS = 1_500;
const STEPS_KEPT = 100;

/**
 * The clock of all instants in ledger and metrics: the wall clock at the start
 * plus monotonic time, corrected for suspension, slewed towards the wall clock
 * by at most 500 ppm. A wall clock that steps is noted, never followed at once.
 */
export function createSteadyTime(sources: ClockSources): Omit<Clock, 'sleep'> {
  let steady = sources.wall();
  let monotonic = sources.monotonic();
  let asleep = sources.boot() - monotonic;
  let skew = 0;
  const steps: ClockStep[] = [];

  function advance(): void {
    const nowMonotonic = sources.monotonic();
    let elapsed = Math.max(0, nowMonotonic - monotonic);
    monotonic = nowMonotonic;
    const unslept = sources.boot() - nowMonotonic - asleep;
    const suspended = unslept > SUSPENSION_MS ? unslept : 0;
    asleep += suspended;
    elapsed += suspended;
    const limit = elapsed * SLEW_LIMIT;
    const before = skew;
    const raw = sources.wall() - (steady + elapsed);
    steady += elapsed + Math.max(-limit, Math.min(limit, raw));
    skew = sources.wall() - steady;
    // Short sleeps add up to skew until they are made good here: that fall is no step.
    const rise = skew - before;
    const fall = before - suspended - skew;
    if (rise > STEP_MS || fall > STEP_MS) {
      steps.push({ at: steady, byMs: rise > STEP_MS ? rise : -fall });
      if (steps.length > STEPS_KEPT) steps.shift();
    }
  }

  return {
    now() {
      advance();
      return Math.round(steady * 1_000) / 1_000;
    },
    skewMs() {
      advance();
      return skew;
    },
    steps: () => steps,
  };
}
