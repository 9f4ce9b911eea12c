import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseMailDate } from '../../src/domain/hops.ts';

describe('parseMailDate', () => {
  test.each([
    ['Tue, 24 Nov 2026 02:00:05 +0000', '2026-11-24T02:00:05.000Z'],
    ['Tue, 24 Nov 2026 02:00:05 +0000 (UTC)', '2026-11-24T02:00:05.000Z'],
    ['24 Nov 2026 02:00 -0330', '2026-11-24T05:30:00.000Z'],
    ['Tue,24 Nov 2026 02:00:05 +0530', '2026-11-23T20:30:05.000Z'],
    ['tue, 4 nov 2026 2:00:05 gmt', '2026-11-04T02:00:05.000Z'],
    ['Tue, 24 November 2026 02:00:05 Z', '2026-11-24T02:00:05.000Z'],
    ['Fri, 21 Nov 97 09:55:06 -0600', '1997-11-21T15:55:06.000Z'],
    ['Fri, 21 Nov 49 09:55:06 -0600', '2049-11-21T15:55:06.000Z'],
    ['Fri, 21 Nov 126 09:55:06 UT', '2026-11-21T09:55:06.000Z'],
    ['Tue, 24 Nov 2026 02:00:05 EST', '2026-11-24T07:00:05.000Z'],
    ['Tue, 24 Nov 2026 02:00:05 PDT', '2026-11-24T09:00:05.000Z'],
    ['Tue, 24 Nov 2026 02:00:05 -0000', '2026-11-24T02:00:05.000Z'],
    ['Tue, (a (nested) one) 24 Nov (b) 2026 02:00:05(c)+0000', '2026-11-24T02:00:05.000Z'],
    ['Tue, 24 Nov 2026 02:00:05.987 +0000', '2026-11-24T02:00:05.987Z'],
    ['Sat, 31 Dec 2016 23:59:60 +0000', '2017-01-01T00:00:00.000Z'],
    ['Mon, 29 Feb 2024 00:00:00 +0000', '2024-02-29T00:00:00.000Z'],
    ['Tue, 29 Feb 2000 23:30:00 -0100', '2000-03-01T00:30:00.000Z'],
    ['Wed, 1 Mar 2028 00:30:00 +0100', '2028-02-29T23:30:00.000Z'],
    ['2023-12-27 12:03:36.075244996 +0000 UTC m=+1368021.97', '2023-12-27T12:03:36.075Z'],
    ['2023-12-27T12:03:36+01:00', '2023-12-27T11:03:36.000Z'],
    ['2023-12-27T12:03:36Z', '2023-12-27T12:03:36.000Z'],
  ])('%s', (text, expected) => {
    const at = parseMailDate(text);

    expect(at === undefined ? at : new Date(at).toISOString()).toBe(expected);
  });

  test.each([
    ['', 'nothing'],
    ['Tue, 24 Nov 2026 02:00:05', 'no zone'],
    ['Tue, 24 Nov 2026 02:00:05 MSK', 'a zone whose meaning nobody knows for sure'],
    ['Tue, 24 Nov 2026 02:00:05 A', 'a military zone (RFC 5322 section 4.3: commonly wrong)'],
    ['Tue, 24 Nov 2026 25:00:05 +0000', 'hour 25'],
    ['Tue, 24 Nov 2026 02:60:05 +0000', 'minute 60'],
    ['Tue, 24 Nov 2026 02:00:61 +0000', 'second 61'],
    ['Tue, 24 Nov 2026 02:00:05 +2460', 'an offset that no place has'],
    ['Thu, 30 Feb 2026 02:00:05 +0000', '30 February'],
    ['Sun, 29 Feb 2026 02:00:05 +0000', '29 February of a year that has none'],
    ['Mon, 29 Feb 2100 02:00:05 +0000', '29 February of a century that has none'],
    ['Tue, 24 Foo 2026 02:00:05 +0000', 'no such month'],
    ['11/24/2026 02:00:05', 'what Date.parse would take for local time'],
    ['Tue, 24 Nov 0026 02:00:05 +0000', 'a year that Date.UTC would move by 1900'],
    ['2026', 'what Date.parse would take for New Year'],
    ['from x 1', 'what Date.parse would take for the year 2001'],
  ])('refuses %j: %s', (text) => {
    expect(parseMailDate(text)).toBeUndefined();
  });

  test('reads back every instant in every zone', () => {
    const offset = fc.integer({ min: -12 * 60, max: 14 * 60 });
    const second = fc.integer({ min: 0, max: 4_102_444_799 });

    fc.assert(
      fc.property(second, offset, (epoch, minutes) => {
        expect(parseMailDate(writeDate(epoch * 1_000, minutes))).toBe(epoch * 1_000);
      }),
    );
  });
});

/** RFC 5322 section 3.3, written by hand. */
function writeDate(epochMs: number, offsetMinutes: number): string {
  const local = new Date(epochMs + offsetMinutes * 60_000);
  const months = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ');
  const two = (value: number): string => String(value).padStart(2, '0');
  const size = Math.abs(offsetMinutes);
  const zone = `${offsetMinutes < 0 ? '-' : '+'}${two(Math.floor(size / 60))}${two(size % 60)}`;
  const time = [local.getUTCHours(), local.getUTCMinutes(), local.getUTCSeconds()]
    .map(two)
    .join(':');
  return `${local.getUTCDate()} ${months[local.getUTCMonth()] ?? ''} ${local.getUTCFullYear()} ${time} ${zone}`;
}
