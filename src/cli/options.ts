import { InvalidArgumentError } from 'commander';
import { parseDuration, writeDuration } from '../base/duration.ts';
import { LONGEST_INTERVAL_MS, SHORTEST_INTERVAL_MS } from '../domain/schedule.ts';

/** Reads `90s` or `10m` into milliseconds. */
export function durationOption(text: string): number {
  const ms = parseDuration(text);
  if (ms === undefined || ms === 0) {
    throw new InvalidArgumentError('Write a duration such as 500ms, 90s or 10m.');
  }
  return ms;
}

/** Between two canaries of a probe: what a configuration may say as well. */
export function cadenceOption(text: string): number {
  const ms = parseDuration(text) ?? 0;
  if (ms >= SHORTEST_INTERVAL_MS && ms <= LONGEST_INTERVAL_MS) return ms;
  const [shortest, longest] = [SHORTEST_INTERVAL_MS, LONGEST_INTERVAL_MS].map(writeDuration);
  throw new InvalidArgumentError(
    `Write a duration from ${shortest ?? ''} to ${longest ?? ''}, such as 90s or 10m.`,
  );
}

export function positiveOption(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1) {
    throw new InvalidArgumentError('Write a whole number from 1 on.');
  }
  return value;
}
