import { halfWidth, midpoint, type Interval } from '../../domain/latency.ts';

const CLOCK_LIMIT_MS = 2_000;

/** For `check`: how far the other clock is off. */
export function clockWords(offset: Interval | undefined): string {
  if (offset === undefined) return 'clock unknown';
  const seconds = (ms: number): string => (ms / 1_000).toFixed(1);
  return `clock ${seconds(midpoint(offset))} s off (+/- ${seconds(halfWidth(offset))} s)`;
}

/** Whether it is off for certain, by more than is worth a word. */
export function isClockOff({ low, high }: Interval): boolean {
  return low > CLOCK_LIMIT_MS || high < -CLOCK_LIMIT_MS;
}

/** For `check`: what is wrong with it. */
export function clockWarnings(offset: Interval | undefined): readonly string[] {
  if (offset === undefined) {
    return ['no reply has a Date: timestamps cannot be used, latencies are less exact'];
  }
  return isClockOff(offset)
    ? ['its clock or ours is wrong; timestamps are corrected by the difference']
    : [];
}
