import type { Clock, ClockStep, Instant } from '../base/clock.ts';

/**
 * A clock on which `speed` seconds pass in one second of `clock`, both together
 * from now on. Whoever is given it lives that much faster: hours of an incident
 * take minutes, and every figure reads as if they had taken hours.
 *
 * Limits: network and computing do not get faster, so that 10 ms of them are
 * 0.6 s at 60 times the speed; time-outs inside client libraries stay real.
 */
export function createFastClock(clock: Clock, speed: number): Clock {
  if (!(speed > 0 && Number.isFinite(speed))) throw new RangeError('speed must be more than 0');
  const start = clock.now();
  const quick = (at: Instant): Instant => start + (at - start) * speed;
  return {
    now: () => quick(clock.now()),
    skewMs: () => clock.skewMs(),
    steps: () => clock.steps().map((step): ClockStep => ({ ...step, at: quick(step.at) })),
    sleep: (ms, signal) => clock.sleep(ms / speed, signal),
  };
}
