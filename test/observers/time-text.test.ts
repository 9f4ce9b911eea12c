import { describe, expect, it } from 'vitest';
import { isZoneName, readInstant, zoneReader } from '../../src/observers/time-text.ts';

const utc = zoneReader('UTC');
const iso = (text: string, zone = 'UTC'): string | null => {
  const at = readInstant(text, { unit: 's', zone: zoneReader(zone) });
  return at === null ? null : new Date(at).toISOString();
};

describe('times of systems that nobody knows', () => {
  it.each([
    ['2026-11-30 02:31:23', '2026-11-30T02:31:23.000Z'],
    ['2026-11-30T02:31:23.125Z', '2026-11-30T02:31:23.125Z'],
    ['2026-11-30 02:31:23.125678+00', '2026-11-30T02:31:23.125Z'],
    ['2026-11-30T02:31:23+0200', '2026-11-30T00:31:23.000Z'],
    ['2026-11-30 02:31:23-05:30', '2026-11-30T08:01:23.000Z'],
    ['2026-11-30 02:31', '2026-11-30T02:31:00.000Z'],
    ['Mon, 30 Nov 2026 02:31:23 +0100', '2026-11-30T01:31:23.000Z'],
    ['1796005883', '2026-11-30T02:31:23.000Z'],
    ['1796005883.5', '2026-11-30T02:31:23.500Z'],
  ])('%s', (text, expected) => {
    expect(iso(text)).toBe(expected);
  });

  it.each(['', 'yesterday', '2026-11-30', '30.11.2026 02:31:23', '-5', '1e9'])(
    '%s is none',
    (text) => {
      expect(iso(text)).toBeNull();
    },
  );

  it('numbers have the unit that was configured', () => {
    expect(readInstant('1796005883000', { unit: 'ms', zone: utc })).toBe(1_796_005_883_000);
    expect(readInstant('1796005883000000', { unit: 'us', zone: utc })).toBe(1_796_005_883_000);
  });

  it('a text without an offset is local time, which the clocks may skip or repeat', () => {
    expect(iso('2026-07-01 12:00:00', 'Europe/Berlin')).toBe('2026-07-01T10:00:00.000Z');
    expect(iso('2026-11-30 12:00:00', 'Europe/Berlin')).toBe('2026-11-30T11:00:00.000Z');
    expect(iso('2026-03-29 02:30:00', 'Europe/Berlin')).toBeNull();
    expect(iso('2026-10-25 02:30:00', 'Europe/Berlin')).toBeNull();
    expect(iso('2026-10-25 03:00:00', 'Europe/Berlin')).toBe('2026-10-25T02:00:00.000Z');
    expect(iso('2026-11-30 12:00:00', '-03:30')).toBe('2026-11-30T15:30:00.000Z');
  });

  it('knows which zones there are', () => {
    expect(['UTC', 'Europe/Berlin', '+02:00'].map(isZoneName)).toEqual([true, true, true]);
    expect(['Berlin', '+2', ''].map(isZoneName)).toEqual([false, false, false]);
  });
});
