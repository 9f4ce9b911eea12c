import { InvalidArgumentError } from 'commander';
import { parseDuration } from '../base/duration.ts';

/** Reads `90s` or `10m` into milliseconds. */
export function durationOption(text: string): number {
  const ms = parseDuration(text);
  if (ms === undefined || ms === 0) {
    throw new InvalidArgumentError('Write a duration such as 500ms, 90s or 10m.');
  }
  return ms;
}

export function positiveOption(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1) {
    throw new InvalidArgumentError('Write a whole number from 1 on.');
  }
  return value;
}
