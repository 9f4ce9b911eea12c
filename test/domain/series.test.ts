import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Canary, Fact } from '../../src/domain/canary.ts';
import type { Kind } from '../../src/domain/probe.ts';
import {
  compareOrder,
  newestIngested,
  orderKey,
  queueOf,
  type OrderKey,
  type Queue,
} from '../../src/domain/series.ts';
import {
  accepted,
  doubted,
  known,
  MINUTE,
  POLICY,
  refused,
  SECOND,
  seenIn,
  sighted,
  span,
  T0,
} from './samples.ts';

/** A canary accepted `minute` minutes after T0, with its number as sequence. */
function canary(minute: number, facts: readonly Fact[] = [], kind: Kind = 'scheduled'): Canary {
  const at = T0 + minute * MINUTE;
  const changes = { sequence: Math.round(minute * 10) + 1, launchedAt: at - SECOND, kind };
  return known([accepted(span(at)), ...facts], changes);
}

const arrived = (minute: number): Canary =>
  canary(minute, [sighted(span(T0 + minute * MINUTE, T0 + minute * MINUTE + SECOND))]);
const voided: Fact = {
  type: 'settled',
  settlement: { verdict: 'void', at: T0, horizon: null },
};

/** The queue at a horizon that many minutes after T0, at a cadence of one minute. */
function queueAt(minute: number, canaries: readonly Canary[], intervalMs = MINUTE): Queue {
  const newest = newestIngested(canaries);
  return queueOf({ open: canaries, newest, horizon: T0 + minute * MINUTE, intervalMs });
}

const sequenceOf = (queue: Queue): number | undefined => queue.head?.launch.sequence;

describe('orderKey', () => {
  const seen = sighted(span(T0 + MINUTE, T0 + MINUTE + SECOND));

  test.each<readonly [string, readonly Fact[], number | undefined]>([
    ['the final 250', [accepted(span(T0, T0 + SECOND))], T0 + SECOND],
    ['in doubt and seen: the end of DATA', [doubted(span(T0, T0 + 5 * SECOND)), seen], T0],
    ['refused and seen: the launch', [refused(), seen], T0 - SECOND],
    ['unanswered and seen: the launch', [seen], T0 - SECOND],
    ['in doubt and missing: none', [doubted()], undefined],
    ['refused: none', [refused()], undefined],
  ])('%s', (_name, facts, expected) => {
    expect(orderKey(known(facts))?.at).toBe(expected);
  });

  test('ties are broken by the sequence', () => {
    const keys: readonly OrderKey[] = [
      { at: T0, sequence: 2 },
      { at: T0, sequence: 1 },
      { at: T0 - 1, sequence: 3 },
    ];

    expect([...keys].sort(compareOrder).map((key) => key.sequence)).toEqual([3, 1, 2]);
  });
});

describe('newestIngested', () => {
  test('is the greatest order key of those seen, not the latest seen', () => {
    const seenLast = canary(1, [seenIn('inbox', 3_600, 3_601)]);

    expect(newestIngested([arrived(3), seenLast, canary(5)])).toEqual(orderKey(arrived(3)));
  });

  test('misfiled mail clears the head, manual canaries do not count', () => {
    const inSpam = canary(4, [seenIn('spam', 300, 301)]);
    const manual = canary(5, [seenIn('inbox', 301, 302)], 'manual');

    expect(newestIngested([arrived(3), inSpam, manual])).toEqual(orderKey(inSpam));
  });

  test('there is none before the first arrival', () => {
    expect(newestIngested([canary(1)])).toBeUndefined();
    expect(newestIngested([])).toBeUndefined();
  });
});

describe('queueOf (semantics A7)', () => {
  test('nothing is out: no head', () => {
    expect(queueAt(60, [])).toEqual({
      head: undefined,
      headWaiting: 0,
      stragglers: 0,
      oldestInFlight: undefined,
    });
  });

  test('the head is the oldest missing one newer than the newest arrival', () => {
    const queue = queueAt(20, [canary(1), arrived(2), canary(4), canary(3)]);

    expect(sequenceOf(queue)).toBe(31);
    expect(queue.oldestInFlight).toBe(T0 + MINUTE);
  });

  test('equal instants: the sequence tells which one was overtaken', () => {
    const tied = (sequence: number, facts: readonly Fact[]): Canary =>
      known([accepted(), ...facts], { sequence });
    const seen = tied(2, [seenIn('inbox', 1, 2)]);

    const queue = queueAt(11, [tied(1, []), seen, tied(3, [])]);

    expect(sequenceOf(queue)).toBe(3);
    expect(queue.stragglers).toBe(1);
  });

  test.each([
    ['void', [voided], 'scheduled'],
    ['manual', [], 'manual'],
  ] as const)('a %s canary is in no figure', (_name, facts, kind) => {
    const queue = queueAt(15, [
      canary(0, facts, kind),
      canary(2),
      arrived(1),
      canary(3, facts, kind),
    ]);

    expect(queue).toMatchObject({ headWaiting: 1, stragglers: 0, oldestInFlight: T0 + 2 * MINUTE });
    expect(sequenceOf(queue)).toBe(21);
  });

  test('one in doubt is in no figure until it is seen', () => {
    const inDoubt = known([doubted()], { sequence: 1 });

    expect(queueAt(60, [inDoubt])).toMatchObject({ head: undefined, headWaiting: 0 });
  });

  test('bursts count', () => {
    expect(sequenceOf(queueAt(5, [canary(1, [], 'burst')]))).toBe(11);
  });

  test.each([
    ['none yet', 3.999, 0],
    ['the first, at suspect_after', 4, 1],
    ['two, a minute on', 5, 2],
    ['all three', 6, 3],
  ])('head_waiting: %s', (_name, minute, expected) => {
    const queue = queueAt(minute, [arrived(0), canary(1), canary(2), canary(3)]);

    expect(queue.headWaiting).toBe(expected);
  });

  test('head_waiting leaves out what lies behind the newest arrival', () => {
    expect(queueAt(60, [canary(1), arrived(2), canary(3)]).headWaiting).toBe(1);
  });

  test.each([
    ['not before its deadline', 10.999, MINUTE, 0],
    ['from its deadline on', 11, MINUTE, 1],
    ['for twenty minutes', 30.999, MINUTE, 1],
    ['and no longer', 31, MINUTE, 0],
    ['at a slow cadence for four intervals', 50.999, 10 * MINUTE, 1],
    ['and no longer than those', 51, 10 * MINUTE, 0],
  ])('a straggler counts %s', (...[, minute, intervalMs, expected]) => {
    expect(queueAt(minute, [canary(1), arrived(2)], intervalMs).stragglers).toBe(expected);
  });

  test('what nothing overtook is no straggler', () => {
    expect(queueAt(15, [arrived(0), canary(1), canary(2)]).stragglers).toBe(0);
  });

  test('a watcher that never looked says nothing about age', () => {
    const open = [canary(1), canary(3)];

    const queue = queueOf({
      open,
      newest: orderKey(arrived(2)),
      horizon: undefined,
      intervalMs: MINUTE,
    });

    expect(queue).toMatchObject({ headWaiting: 0, stragglers: 0 });
    expect(sequenceOf(queue)).toBe(31);
  });

  test('agrees with its definition, whatever is open', () => {
    const aCanary = fc
      .tuple(
        fc.integer({ min: 0, max: 20 }),
        fc.integer({ min: 0, max: 9 }),
        fc.integer({ min: 0, max: 5 }),
      )
      .map(([minute, sequence, nature]) =>
        known(
          [
            accepted(span(T0 + minute * MINUTE)),
            ...(nature < 2 ? [seenIn('inbox', 3_600, 3_601)] : []),
            ...(nature === 2 ? [voided] : []),
          ],
          { sequence, kind: nature === 3 ? 'manual' : 'scheduled' },
        ),
      );

    fc.assert(
      fc.property(
        fc.array(aCanary, { maxLength: 12 }),
        fc.integer({ min: 0, max: 60 }),
        (all, minute) => {
          const horizon = T0 + minute * MINUTE;
          const newest = newestIngested(all);

          const queue = queueOf({ open: all, newest, horizon, intervalMs: MINUTE });

          const missing = all.filter(
            (c) => c.sightings.length === 0 && c.settlement === null && c.launch.kind !== 'manual',
          );
          const ahead = missing.filter((c) => newest === undefined || order(c) > rank(newest));
          const behind = missing.filter((c) => newest !== undefined && order(c) < rank(newest));
          const age = (c: Canary): number => horizon - orderKey(c)!.at;
          expect(queue.head && order(queue.head)).toBe(
            ahead.length === 0 ? undefined : Math.min(...ahead.map(order)),
          );
          expect(queue.headWaiting).toBe(
            ahead.filter((c) => age(c) >= POLICY.suspectAfterMs).length,
          );
          expect(queue.stragglers).toBe(
            behind.filter((c) => age(c) >= 10 * MINUTE && age(c) < 30 * MINUTE).length,
          );
        },
      ),
    );
  });
});

/** An order key as one number: minutes and sequences are small here. */
function rank(key: OrderKey): number {
  return (key.at - T0) * 1_000 + key.sequence;
}

function order(canary: Canary): number {
  return rank(orderKey(canary)!);
}

test('the newest arrival never falls when more is seen', () => {
  const minutes = fc.array(fc.integer({ min: 0, max: 600 }), { minLength: 1, maxLength: 20 });

  fc.assert(
    fc.property(minutes, (order) => {
      let before = -Infinity;
      for (let count = 1; count <= order.length; count += 1) {
        const newest = newestIngested(order.slice(0, count).map(arrived))!;
        expect(newest.at).toBeGreaterThanOrEqual(before);
        before = newest.at;
      }
      expect(before).toBe(T0 + Math.max(...order) * MINUTE);
    }),
  );
});
