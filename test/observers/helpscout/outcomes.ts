import { describe, expect, test } from 'vitest';
import { duplicatesOf, outcomeOf, type Canary } from '../../../src/domain/canary.ts';
import { failureOf } from '../../../src/engine/watch.ts';
import { accuracyOf, startDay, type Day, type DayOptions } from '../../support/helpscout-days.ts';

/** Enough for the stamps to be proven. */
const WARM_UP = 30;
const TIMEOUT = { timeout: 60_000 };

const verdictsOf = (canaries: readonly Canary[]): Record<string, number> => {
  const counts: Record<string, number> = {};
  for (const { settlement } of canaries) {
    const verdict = settlement?.verdict ?? 'none';
    counts[verdict] = (counts[verdict] ?? 0) + 1;
  }
  return counts;
};

/** Times between complete looks, from start to start. */
function gapsOf(day: Day): readonly number[] {
  const starts = day.reports.flatMap((report) =>
    report.type === 'looked' && report.look.complete ? [report.look.startedAt] : [],
  );
  return starts.slice(1).map((at, index) => at - (starts[index] ?? at));
}

const reasonsOf = (day: Day): readonly string[] => [
  ...new Set(day.reports.map((report) => failureOf(report)?.reason ?? 'ok')),
];

/** What becomes of canaries in whatever befalls the helpdesk; `createWorld` brings one. */
export function describeOutcomes(
  name: string,
  createWorld: NonNullable<DayOptions['createWorld']>,
): void {
  const start = (options: DayOptions): Promise<Day> => startDay({ createWorld, ...options });

  describe(name, () => {
    describe('what becomes of canaries (semantics A, B)', () => {
      test(
        'filed as spam: misfiled, and recovered when somebody takes them out',
        TIMEOUT,
        async () => {
          let filed: 'active' | 'spam' = 'active';
          const day = await start({ status: () => filed });
          await day.run(3);
          filed = 'spam';
          const ids = await day.run(3);
          filed = 'active';
          await day.run(1);
          const misfiled = await day.find(ids);
          const [first] = misfiled;
          const conversation = Number(first?.sightings[0]?.externalId.split(':')[0]);
          day.world.change(conversation, { status: 'active' });
          await day.run(2);
          const [moved] = await day.find(ids);
          await day.stop();

          expect(verdictsOf(misfiled)).toEqual({ misfiled: 3 });
          expect(first?.ingestion).toBeNull();
          expect(moved?.ingestion?.place).toBe('inbox');
          expect(moved && duplicatesOf(moved)).toBe(0);
        },
      );

      test('filed twice: on time, and one duplicate each', TIMEOUT, async () => {
        const day = await start({ copies: () => 2 });
        const ids = await day.run(5);
        await day.run(1);
        const canaries = await day.find(ids);
        await day.stop();

        expect(verdictsOf(canaries)).toEqual({ on_time: 5 });
        expect(canaries.map(duplicatesOf)).toEqual([1, 1, 1, 1, 1]);
      });

      test('closed by a workflow: they arrived', TIMEOUT, async () => {
        const day = await start({ status: () => 'closed' });
        const ids = await day.run(3);
        await day.run(1);
        const canaries = await day.find(ids);
        await day.stop();

        expect(verdictsOf(canaries)).toEqual({ on_time: 3 });
        expect(canaries[0]?.ingestion?.place).toBe('closed');
      });

      test(
        'swallowed: suspect, overdue, and lost only when the horizon says so',
        TIMEOUT,
        async () => {
          let swallow = false;
          const day = await start({ delayMs: (chance) => (swallow ? Infinity : 5_000 + chance) });
          await day.run(3);
          swallow = true;
          const ids = await day.run(2);
          swallow = false;
          await day.run(9);
          const waiting = await day.find(ids);
          await day.run(4);
          const late = await day.find(ids);
          const gaps = gapsOf(day);
          await day.stop();

          expect(verdictsOf(waiting)).toEqual({ none: 2 });
          expect(waiting.every(({ suspectedAt }) => suspectedAt !== null)).toBe(true);
          expect(verdictsOf(late)).toEqual({ overdue: 2 });
          for (const { settlement, acceptance } of late) {
            const at = settlement?.at ?? 0;
            // late_after, the index lag, and the look itself
            expect(at - (acceptance?.at.high ?? 0) - 600_000 - 60_000).toBeLessThan(5_000);
          }
          expect(Math.max(...gaps)).toBeLessThanOrEqual(61_000);
        },
      );

      test(
        'while the API is down: nothing is lost, and the stamps tell when they came',
        TIMEOUT,
        async () => {
          const day = await start({});
          await day.run(WARM_UP);
          day.world.override = () => ({ status: 503, headers: {}, body: '' });
          const ids = await day.run(25);
          const during = await day.find(ids);
          day.world.override = undefined;
          await day.run(3);
          const after = await day.find(ids);
          const accuracy = accuracyOf(day, after);
          await day.stop();

          expect(verdictsOf(during)).toEqual({ none: 25 });
          expect(during.map(outcomeOf)).toEqual(Array.from({ length: 25 }, () => 'in_flight'));
          expect(verdictsOf(after)).toEqual({ on_time: 25 });
          expect(accuracy.wrong).toEqual([]);
          expect(accuracy.halfWidths.at(-1)).toBeLessThan(2_500);
          expect(reasonsOf(day)).toEqual(['ok', 'unreachable']);
        },
      );

      test('in a storm of 429: it asks when it may, and the same', TIMEOUT, async () => {
        const day = await start({});
        await day.run(WARM_UP);
        day.world.override = () => ({
          status: 429,
          headers: { 'x-ratelimit-retry-after': '45' },
          body: '{"message":"slow down"}',
        });
        const before = day.world.log.length;
        const ids = await day.run(15);
        const asked = day.world.log.length - before;
        day.world.override = undefined;
        await day.run(3);
        const canaries = await day.find(ids);
        await day.stop();

        expect(asked).toBeLessThanOrEqual((15 * 60) / 45 + 1);
        expect(verdictsOf(canaries)).toEqual({ on_time: 15 });
        expect(reasonsOf(day)).toEqual(['ok', 'rate-limited']);
      });

      test('while the key is revoked: blind, not late; asked once a minute', TIMEOUT, async () => {
        const day = await start({});
        const { appSecret } = day.world;
        await day.run(WARM_UP);
        day.world.revokeTokens();
        day.world.appSecret = 'another';
        const before = day.world.log.length;
        const ids = await day.run(20);
        const asked = day.world.log.length - before;
        day.world.appSecret = appSecret;
        await day.run(3);
        const canaries = await day.find(ids);
        await day.stop();

        expect(verdictsOf(canaries)).toEqual({ on_time: 20 });
        expect(asked).toBeLessThan(35);
        expect(reasonsOf(day)).toEqual(['ok', 'auth']);
      });

      test.each([90_000, -3_600_000])(
        'when its clock is set by %d ms: wider intervals, all true',
        TIMEOUT,
        async (byMs) => {
          const day = await start({});
          await day.run(WARM_UP);
          day.world.offsetMs += byMs;
          const ids = await day.run(25);
          await day.run(2);
          const canaries = await day.find(ids);
          const { wrong, halfWidths } = accuracyOf(day, canaries);
          await day.stop();

          expect(verdictsOf(canaries)).toEqual({ on_time: 25 });
          expect(halfWidths).toHaveLength(25);
          expect(wrong).toEqual([]);
          expect(halfWidths[0]).toBeLessThan(2_500);
        },
      );
    });

    describe('looks', () => {
      test(
        'keep to a small budget, and are complete once a minute all the same',
        TIMEOUT,
        async () => {
          const day = await start({ config: { requests_per_minute: 12 }, delayMs: () => 30_000 });
          const times: number[] = [];
          const { world, clock } = day;
          world.override = () => {
            times.push(clock.now());
            return undefined;
          };
          await day.run(40);
          const gaps = gapsOf(day);
          const refused = day.reports.filter((report) => failureOf(report) !== undefined);
          await day.stop();

          for (const at of times) {
            const inMinute = times.filter((other) => other > at - 60_000 && other <= at).length;
            expect(inMinute).toBeLessThanOrEqual(12);
          }
          expect(Math.max(...gaps)).toBeLessThanOrEqual(61_000);
          expect(refused).toEqual([]);
        },
      );

      test('while nothing is in flight: one a minute', TIMEOUT, async () => {
        const day = await start({});
        await day.run(1);
        await day.clock.advance(60_000);
        const before = day.reports.length;
        await day.clock.advance(30 * 60_000);
        const looks = day.reports.length - before;
        await day.stop();

        expect(looks).toBeGreaterThanOrEqual(29);
        expect(looks).toBeLessThanOrEqual(31);
      });
    });
  });
}
