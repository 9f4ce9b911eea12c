import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createCron } from '../../src/base/cron.ts';
import {
  createCalendarCadence,
  createGrid,
  createRepeatedPause,
  createSinglePause,
  phaseOf,
} from '../../src/domain/schedule.ts';

const MINUTE = 60_000;
const MIDNIGHT = Date.UTC(2026, 10, 24);

const everyMs = fc.integer({ min: 1_000, max: 7 * 86_400_000 });
const cadence = fc
  .tuple(everyMs, fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }))
  .map(([every, share]) => ({ every, phase: Math.floor(every * share) }));
/** With microseconds in the fraction, as the steady clock gives them. */
const instant = fc.integer({ min: 0, max: 4_102_444_800_000_000 }).map((micros) => micros / 1_000);

describe('phaseOf', () => {
  test('lies in the interval, is whole, and is the same every time', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), everyMs, (probe, vantage, every) => {
        const phase = phaseOf(probe, vantage, every);

        expect(Number.isInteger(phase)).toBe(true);
        expect(phase).toBeGreaterThanOrEqual(0);
        expect(phase).toBeLessThan(every);
        expect(phaseOf(probe, vantage, every)).toBe(phase);
      }),
    );
  });

  test('does not change from release to release: replicas of two versions agree', () => {
    expect(phaseOf('support', 'default', MINUTE)).toBe(47_641);
  });

  test('differs between vantages, and where the two names are cut differently', () => {
    const phases = [
      phaseOf('ab', 'c', 86_400_000),
      phaseOf('a', 'bc', 86_400_000),
      phaseOf('c', 'ab', 86_400_000),
    ];

    expect(new Set(phases).size).toBe(3);
  });

  test('a thousand probes are spread evenly over their minute, whatever their names are', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 12 }), (prefix) => {
        const names = Array.from({ length: 1_000 }, (_, index) => `${prefix}${index}`);
        const phases = names.map((name) => phaseOf(name, 'default', MINUTE)).sort((a, b) => a - b);
        const perSecond = Array.from({ length: 60 }, () => 0);
        for (const phase of phases) perSecond[Math.floor(phase / 1_000)]! += 1;

        // Kolmogorov-Smirnov distance; more than 0.09 happens once in 5 million fair draws
        const distance = Math.max(
          ...phases.map((phase, index) => Math.abs((index + 0.5) / 1_000 - phase / MINUTE)),
        );
        expect(distance).toBeLessThan(0.09);
        // 17 a second on average; a herd would be hundreds
        expect(Math.max(...perSecond)).toBeLessThan(50);
        expect(Math.min(...perSecond)).toBeGreaterThan(0);
      }),
      { numRuns: 20, seed: 1 },
    );
  });
});

describe('a grid', () => {
  const grid = createGrid(MINUTE, 7_000);

  test.each([
    ['just before a tick', MIDNIGHT + 6_999.999, MIDNIGHT + 7_000],
    ['at a tick: the one after it', MIDNIGHT + 7_000, MIDNIGHT + 67_000],
    ['just behind it', MIDNIGHT + 7_000.001, MIDNIGHT + 67_000],
    ['before the epoch', -1, 7_000],
    ['long before the epoch', -MINUTE, -53_000],
  ])('next, %s', (_name, after, expected) => {
    expect(grid.next(after)).toBe(expected);
  });

  test.each([
    ['at a tick: that one', [0, MIDNIGHT + 7_000], MIDNIGHT + 7_000],
    ['between ticks: the one before', [0, MIDNIGHT + 66_999], MIDNIGHT + 7_000],
    ['after a year asleep: only the last', [0, MIDNIGHT + 187_000], MIDNIGHT + 187_000],
    ['when it is served: none', [MIDNIGHT + 7_000, MIDNIGHT + 66_999], null],
    ['when time went back: none', [MIDNIGHT + MINUTE, MIDNIGHT], null],
  ] as const)('latest, %s', (_name, [after, until], expected) => {
    expect(grid.latest(after, until)).toBe(expected);
  });

  test('the next is the first point of the epoch grid after the instant', () => {
    fc.assert(
      fc.property(cadence, instant, ({ every, phase }, after) => {
        const tick = createGrid(every, phase).next(after);

        expect(tick).toBeGreaterThan(after);
        expect(tick - after).toBeLessThanOrEqual(every);
        expect((tick - phase) % every).toBe(0);
      }),
    );
  });
});

/** Every five minutes from 08:00 to 08:55 UTC, as a calendar that counts how often it is asked. */
function createMorning() {
  const asked = { times: 0 };
  const next = (after: number): number => {
    asked.times += 1;
    const day = Math.floor(after / DAY) * DAY;
    const tick = Math.max(day + 8 * HOUR, (Math.floor(after / (5 * MINUTE)) + 1) * 5 * MINUTE);
    return tick < day + 9 * HOUR ? tick : day + DAY + 8 * HOUR;
  };
  return { asked, next };
}

const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

describe('a calendar as a cadence', () => {
  const noon = MIDNIGHT + 12 * HOUR;

  test('its interval is the shortest of the coming ones, whatever the hour', () => {
    expect(createCalendarCadence(createMorning(), noon).intervalMs).toBe(5 * MINUTE);
  });

  test('latest looks back over a night, over weeks, and no further than it is asked to', () => {
    const cadence = createCalendarCadence(createMorning(), noon);

    expect(cadence.latest(0, noon)).toBe(MIDNIGHT + 9 * HOUR - 5 * MINUTE);
    expect(cadence.latest(MIDNIGHT + 8 * HOUR, MIDNIGHT + 8 * HOUR + 11 * MINUTE)).toBe(
      MIDNIGHT + 8 * HOUR + 10 * MINUTE,
    );
    expect(cadence.latest(MIDNIGHT + 9 * HOUR, noon)).toBeNull();
  });

  test('a loop that asks again and again does not search again and again', () => {
    const calendar = createMorning();
    const cadence = createCalendarCadence(calendar, noon);
    cadence.next(noon);
    const before = calendar.asked.times;

    for (let ms = 0; ms < HOUR; ms += 1_000) cadence.next(noon + ms);

    expect(calendar.asked.times).toBe(before);
  });

  test('one that names nothing any more has no next and no latest tick', () => {
    const cadence = createCalendarCadence({ next: () => undefined }, noon);

    expect(cadence.next(noon)).toBe(Infinity);
    expect(cadence.latest(-Infinity, noon)).toBeNull();
  });
});

describe('maintenance', () => {
  const reason = 'backup';

  test('a single pause begins with its first instant and ends right before its last', () => {
    const pause = { since: MIDNIGHT, until: MIDNIGHT + HOUR, reason };
    const single = createSinglePause(pause);

    expect(single.at(MIDNIGHT - 1)).toBeNull();
    expect(single.at(MIDNIGHT)).toEqual(pause);
    expect(single.at(MIDNIGHT + HOUR - 1)).toEqual(pause);
    expect(single.at(MIDNIGHT + HOUR)).toBeNull();
    expect(single.before(MIDNIGHT + HOUR - 1)).toBeNull();
    expect(single.before(MIDNIGHT + HOUR)).toEqual(pause);
  });

  test('a repeated one is there after each tick, and is remembered when it has ended', () => {
    const daily = createGrid(DAY, 2 * HOUR);
    const repeated = createRepeatedPause({ cadence: daily, forMs: HOUR, reason });
    const tonight = { since: MIDNIGHT + 2 * HOUR, until: MIDNIGHT + 3 * HOUR, reason };
    const lastNight = { since: MIDNIGHT - 22 * HOUR, until: MIDNIGHT - 21 * HOUR, reason };

    expect(repeated.at(MIDNIGHT)).toBeNull();
    expect(repeated.at(MIDNIGHT + 2 * HOUR)).toEqual(tonight);
    expect(repeated.at(MIDNIGHT + 3 * HOUR - 1)).toEqual(tonight);
    expect(repeated.at(MIDNIGHT + 3 * HOUR)).toBeNull();
    expect(repeated.before(MIDNIGHT + 2.5 * HOUR)).toEqual(lastNight);
    expect(repeated.before(MIDNIGHT + 3 * HOUR)).toEqual(tonight);
  });
  test.each([
    ['in winter', '2026-01-11T00:30:00Z'],
    ['on the day on which the clocks go forward', '2026-03-29T00:30:00Z'],
    ['on the day on which they go back', '2026-10-25T00:30:00Z'],
    ['on a leap day', '2032-02-29T00:30:00Z'],
  ])('one by a calendar is as long as it says, once, %s', (_name, from) => {
    const since = Date.parse(from);
    const cadence = createCalendarCadence(createCron('30 1 * * 0', 'Europe/Berlin'), since - DAY);
    const window = createRepeatedPause({ cadence, forMs: 2 * HOUR, reason });
    // In summer half past one is half past eleven in UTC, the evening before.
    const begin = cadence.next(since - 2 * HOUR);
    const expected = { since: begin, until: begin + 2 * HOUR, reason };

    const quarters = Array.from({ length: 7 * 24 * 4 }, (_, n) => begin - DAY + n * 15 * MINUTE);
    const paused = quarters.filter((at) => window.at(at) !== null);

    expect(Math.abs(begin - since)).toBeLessThanOrEqual(HOUR);
    expect(paused).toEqual([0, 1, 2, 3, 4, 5, 6, 7].map((n) => begin + n * 15 * MINUTE));
    expect(window.at(begin + HOUR)).toEqual(expected);
    expect(window.before(begin + 2 * HOUR)).toEqual(expected);
  });

  test('an interval knows no daylight saving and no leap day', () => {
    const hourly = createGrid(HOUR, 5 * MINUTE);
    for (const day of ['2026-03-29', '2026-10-25', '2028-02-29']) {
      const midnight = Date.parse(`${day}T00:00:00Z`);
      const ticks = [midnight - 1];
      for (let n = 0; n < 24; n += 1) ticks.push(hourly.next(ticks.at(-1)!));

      expect(ticks.slice(1)).toEqual(
        Array.from({ length: 24 }, (_, n) => midnight + 5 * MINUTE + n * HOUR),
      );
    }
  });
});
