import { halfWidth, midpoint, type Interval } from '../../domain/latency.ts';

const CLOCK_LIMIT_MS = 2_000;

/** For `check`: how far the other clock is off. */
export function clockWords(offset: Interval | undefined): string {
  if (offset === undefined) return 'clock unknown';
  const seconds = (ms: number): string => (ms / 1_000).toFixed(1);
  return `clock ${seconds(midpoint(offset))} s off (+/- ${seconds(halfWidth(offset))} s)`;
}

/** For `check`: what is wrong with it. */
export function clockWarnings(offset: Interval | undefined): readonly string[] {
  if (offset === undefined) {
    return ['no reply has a Date: timestamps cannot be used, latencies are less exact'];
  }
  const isOff = offset.low > CLOCK_LIMIT_MS || offset.high < -CLOCK_LIMIT_MS;
  return isOff ? ['its clock or ours is wrong; timestamps are corrected by the difference'] : [];
}
