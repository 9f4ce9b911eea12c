import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatDuration, parseDuration, writeDuration } from '../../src/base/duration.ts';

describe('parseDuration', () => {
  it.each([
    ['250ms', 250],
    ['90s', 90_000],
    ['1.5h', 5_400_000],
    ['1h30m', 5_400_000],
    ['1d12h', 129_600_000],
    ['1m250ms', 60_250],
    ['0s', 0],
    ['3650d', 315_360_000_000],
  ])('%s', (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
  });

  it.each([
    '',
    '90',
    '90 s',
    '-1s',
    '1S',
    '1w',
    '1m1h',
    '1s1s',
    '1ms1s',
    '.5s',
    '1.s',
    '1e3s',
    '3651d',
    's',
  ])('refuses %j', (text) => {
    expect(parseDuration(text)).toBeUndefined();
  });
});

describe('writeDuration', () => {
  it.each([
    [0, '0s'],
    [600_000, '10m'],
    [21_600_000, '6h'],
    [259_200_000, '3d'],
    [90_000, '1m30s'],
    [1, '1ms'],
  ])('%d', (ms, text) => {
    expect(writeDuration(ms)).toBe(text);
  });

  it('is read back as it was', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 315_360_000_000 }), (ms) => {
        expect(parseDuration(writeDuration(ms))).toBe(ms);
      }),
    );
  });
});

describe('formatDuration', () => {
  it.each([
    [0, '0 ms'],
    [0.26, '0.3 ms'],
    [9.96, '10 ms'],
    [12.4, '12 ms'],
    [999.4, '999 ms'],
    [999.6, '1 s'],
    [3_420, '3.42 s'],
    [59_949, '59.9 s'],
    [59_950, '1 min'],
    [600_000, '10 min'],
    [90_000, '1 min 30 s'],
    [3_599_600, '1 h'],
    [5_400_000, '1 h 30 min'],
    [86_399_999, '1 d'],
    [187_200_000, '2 d 4 h'],
    [-3_420, '-3.42 s'],
    [Number.NaN, '-'],
    [Infinity, '-'],
  ])('%d', (ms, text) => {
    expect(formatDuration(ms)).toBe(text);
  });
});
