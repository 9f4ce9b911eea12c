import type { ClockStep, Instant } from '../base/clock.ts';

/** Keeps each step once, in order: any order and any repetition of the same ones gives the same list. */
export function withStep(steps: readonly ClockStep[], step: ClockStep): readonly ClockStep[] {
  const others = steps.filter(({ at, byMs }) => at !== step.at || byMs !== step.byMs);
  return [...others, step].sort((a, b) => a.at - b.at || a.byMs - b.byMs);
}

/**
 * An instant of our clock as it was then, on our clock as it is after these steps: at the latest. A clock that was set forward by
 * an hour says that an hour has passed, which has not.
 */
export function afterSteps(instant: Instant, steps: readonly ClockStep[]): Instant {
  return steps
    .filter(({ at }) => at > instant)
    .reduce((sum, { byMs }) => sum + Math.max(0, byMs), instant);
}
