import fc from 'fast-check';
import { getTasks } from 'node-cron';
import { describe, expect, test } from 'vitest';
import { createCron, cronFault } from '../../src/base/cron.ts';

/** The next ticks after an instant, in UTC. */
function ticks(expression: string, timezone: string, after: string): readonly string[] {
  const cron = createCron(expression, timezone);
  const found: string[] = [];
  let tick: number | undefined = Date.parse(after);
  while (found.length < 3) {
    tick = cron.next(tick);
    if (tick === undefined) break;
    found.push(new Date(tick).toISOString().replace('.000Z', 'Z'));
  }
  return found;
}

describe('next', () => {
  test.each([
    [
      'every half minute, by its field of seconds',
      ['*/30 * * * * *', 'UTC', '2026-01-01T00:00:10Z'],
      ['2026-01-01T00:00:30Z', '2026-01-01T00:01:00Z', '2026-01-01T00:01:30Z'],
    ],
    [
      'at office hours, over a weekend',
      ['*/30 8-17 * * 1-5', 'America/New_York', '2026-11-20T22:00:00Z'],
      ['2026-11-20T22:30:00Z', '2026-11-23T13:00:00Z', '2026-11-23T13:30:00Z'],
    ],
    [
      'in a zone with quarters of an hour',
      ['0 6 * * *', 'Asia/Kathmandu', '2026-01-01T00:00:00Z'],
      ['2026-01-01T00:15:00Z', '2026-01-02T00:15:00Z', '2026-01-03T00:15:00Z'],
    ],
    [
      'on leap days',
      ['0 0 29 2 *', 'UTC', '2026-01-01T00:00:00Z'],
      ['2028-02-29T00:00:00Z', '2032-02-29T00:00:00Z', '2036-02-29T00:00:00Z'],
    ],
    [
      'on leap days, over a year that is none',
      ['0 0 29 2 *', 'Europe/Berlin', '2096-03-01T00:00:00Z'],
      ['2104-02-28T23:00:00Z', '2108-02-28T23:00:00Z', '2112-02-28T23:00:00Z'],
    ],
    [
      'daily, from February to March of a leap year',
      ['0 6 * * *', 'UTC', '2028-02-28T00:00:00Z'],
      ['2028-02-28T06:00:00Z', '2028-02-29T06:00:00Z', '2028-03-01T06:00:00Z'],
    ],
    [
      'daily, from February to March of another year',
      ['0 6 * * *', 'UTC', '2027-02-27T12:00:00Z'],
      ['2027-02-28T06:00:00Z', '2027-03-01T06:00:00Z', '2027-03-02T06:00:00Z'],
    ],
    [
      'on the last day of a month',
      ['0 12 L * *', 'UTC', '2027-01-31T12:00:00Z'],
      ['2027-02-28T12:00:00Z', '2027-03-31T12:00:00Z', '2027-04-30T12:00:00Z'],
    ],
  ] as const)('%s', (_name, [expression, timezone, after], expected) => {
    expect(ticks(expression, timezone, after)).toEqual(expected);
  });
});

describe('when the clocks change', () => {
  test.each([
    [
      'a time that is skipped is served when the clocks have gone forward',
      ['30 2 * * *', 'Europe/Berlin', '2026-03-28T00:00:00Z'],
      ['2026-03-28T01:30:00Z', '2026-03-29T01:00:00Z', '2026-03-30T00:30:00Z'],
    ],
    [
      'a time that comes twice is served once',
      ['30 2 * * *', 'Europe/Berlin', '2026-10-24T12:00:00Z'],
      ['2026-10-25T00:30:00Z', '2026-10-26T01:30:00Z', '2026-10-27T01:30:00Z'],
    ],
    [
      'an hourly one is served each hour, forward',
      ['30 * * * *', 'Europe/Berlin', '2026-03-29T00:00:00Z'],
      ['2026-03-29T00:30:00Z', '2026-03-29T01:30:00Z', '2026-03-29T02:30:00Z'],
    ],
    [
      'an hourly one is served each hour, backward',
      ['30 * * * *', 'Europe/Berlin', '2026-10-25T00:00:00Z'],
      ['2026-10-25T00:30:00Z', '2026-10-25T01:30:00Z', '2026-10-25T02:30:00Z'],
    ],
    [
      'where they change by half an hour',
      ['15 2 * * *', 'Australia/Lord_Howe', '2026-10-03T00:00:00Z'],
      ['2026-10-03T15:30:00Z', '2026-10-04T15:15:00Z', '2026-10-05T15:15:00Z'],
    ],
    [
      'where they change at midnight',
      ['15 0 * * *', 'America/Santiago', '2026-09-05T00:00:00Z'],
      ['2026-09-05T04:15:00Z', '2026-09-06T04:00:00Z', '2026-09-07T03:15:00Z'],
    ],
  ] as const)('%s', (_name, [expression, timezone, after], expected) => {
    expect(ticks(expression, timezone, after)).toEqual(expected);
  });

  test('a daily launch is never missing and never doubled, in any zone, for a year', () => {
    const zone = fc.constantFrom(...Intl.supportedValuesOf('timeZone'));
    const time = fc.tuple(fc.integer({ min: 0, max: 23 }), fc.integer({ min: 0, max: 59 }));

    fc.assert(
      fc.property(zone, time, (timezone, [hour, minute]) => {
        const cron = createCron(`${minute} ${hour} * * *`, timezone);
        const start = Date.UTC(2026, 0, 1);
        const days: number[] = [];
        for (let tick = cron.next(start); tick !== undefined; tick = cron.next(tick)) {
          if (tick > start + 365 * 86_400_000) break;
          days.push(tick);
        }

        const gaps = days.slice(1).map((tick, index) => (tick - (days[index] ?? 0)) / 3_600_000);
        expect(days.length).toBe(365);
        expect(Math.min(...gaps)).toBeGreaterThanOrEqual(22);
        expect(Math.max(...gaps)).toBeLessThanOrEqual(26);
      }),
      { numRuns: 12 },
    );
  });
});

describe('an expression', () => {
  test.each([
    ['61 * * * *', 'minute: 61'],
    ['* * *', 'expected 5 or 6 fields but got 3'],
    ['0 0 30 2 *', 'impossible day'],
    ['', 'expression'],
  ])('%o is refused with a reason', (expression, reason) => {
    expect(cronFault(expression)).toMatch(new RegExp(reason, 'i'));
  });

  test('leaves nothing in the register of node-cron, where it would run', () => {
    createCron('* * * * *', 'UTC').next(0);

    expect(getTasks().size).toBe(0);
  });
});
