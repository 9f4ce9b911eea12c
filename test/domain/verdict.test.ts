import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { OUTCOMES, VERDICTS, type Fact, type Verdict } from '../../src/domain/canary.ts';
import type { Place } from '../../src/domain/sighting.ts';
import {
  isContradicted,
  judge,
  nextDeadline,
  readingOf,
  verdictOfArrival,
  type Outlook,
} from '../../src/domain/verdict.ts';
import { someFacts } from '../support/arbitraries.ts';
import {
  accepted,
  doubted,
  HOUR,
  judged,
  known,
  MINUTE,
  POLICY,
  refused,
  SECOND,
  seenIn,
  span,
  T0,
} from './samples.ts';

const LATE = T0 + POLICY.lateAfterMs;
const FORGET = T0 + POLICY.forgetAfterMs;
const blind = (now: number): Outlook => ({ horizon: undefined, now });
const looking = (at: number): Outlook => ({ horizon: at, now: at });
const types = (facts: readonly Fact[]): readonly string[] => facts.map((fact) => fact.type);
const settlementIn = (facts: readonly Fact[]): Fact | undefined =>
  facts.find((fact) => fact.type === 'settled');

describe('verdict of an arrival (semantics A5 a to d); late_after is 600 s', () => {
  test.each<readonly [string, Place, number, number, Verdict]>([
    ['a: low > late_after', 'inbox', 600.001, 601, 'overdue'],
    ['a before b: overdue in spam', 'spam', 600.001, 601, 'overdue'],
    ['a, border: low is late_after itself', 'inbox', 600, 601, 'on_time'],
    ['b: spam', 'spam', 10, 20, 'misfiled'],
    ['b: suspended', 'suspended', 10, 20, 'misfiled'],
    ['b: trash', 'trash', 10, 20, 'misfiled'],
    ['b before d: spam, whenever that was', 'spam', 10, 7_200, 'misfiled'],
    ['c: the inbox', 'inbox', 10, 20, 'on_time'],
    ['c: a closed ticket', 'closed', 10, 20, 'on_time'],
    ['c: some other place', 'other', 10, 20, 'on_time'],
    ['c, border: high is late_after itself, however wide', 'inbox', 0, 600, 'on_time'],
    ['c: straddles by exactly 30 s half-width', 'inbox', 571, 631, 'on_time'],
    ['c: straddles narrowly', 'inbox', 599.9, 600.1, 'on_time'],
    ['d: straddles by more', 'inbox', 571, 631.002, 'void'],
    ['d: seen after hours of blindness', 'inbox', 60, 7_200, 'void'],
  ])('%s', (...[, place, low, high, expected]) => {
    const canary = known([accepted(), seenIn(place, low, high)]);

    const facts = judge(canary, blind(T0 + high * SECOND));

    expect(facts).toEqual([
      {
        type: 'settled',
        settlement: { verdict: expected, at: T0 + high * SECOND, horizon: null },
      },
    ]);
    expect(verdictOfArrival(canary)).toBe(expected);
  });

  test('the width of the acceptance counts too', () => {
    const canary = known([accepted(span(T0, T0 + 61 * SECOND)), seenIn('inbox', 601, 602)]);

    expect(verdictOfArrival(canary)).toBe('void');
  });

  test('in doubt and seen: judged by the span of its doubt', () => {
    expect(verdictOfArrival(known([doubted(), seenIn('inbox', 10, 11)]))).toBe('on_time');
    expect(verdictOfArrival(known([doubted(), seenIn('inbox', 606, 607)]))).toBe('overdue');
    expect(verdictOfArrival(known([doubted(), seenIn('inbox', 603, 604)]))).toBe('on_time');
  });

  test('refused and seen all the same: judged', () => {
    expect(verdictOfArrival(known([refused(), seenIn('inbox', 10, 11)]))).toBe('on_time');
  });

  test('seen while the dialogue is open: not yet, its acceptance may become known', () => {
    const canary = known([seenIn('inbox', 10, 11)]);

    expect(judge(canary, looking(T0 + MINUTE))).toEqual([]);
    expect(judge(canary, blind(T0 + 11 * SECOND + POLICY.forgetAfterMs))).toMatchObject([
      { settlement: { verdict: 'void' } },
    ]);
  });
});

describe('verdict of an absence (semantics A5 e and f)', () => {
  const canary = known([accepted(span(T0 - SECOND, T0))]);

  test.each<readonly [string, Outlook, Verdict | undefined]>([
    ['e, border: the horizon is at the deadline', looking(LATE), 'overdue'],
    ['e: the horizon is a microsecond short', looking(LATE - 0.001), undefined],
    ['e: only the horizon counts', { horizon: LATE - 1, now: LATE + HOUR }, undefined],
    ['e, after long blindness: the first look is proof', looking(T0 + 48 * HOUR), 'overdue'],
    ['e before f, both at once', looking(FORGET), 'overdue'],
    ['f, border: at forget_after', blind(FORGET), 'void'],
    ['f: a moment before', blind(FORGET - 0.001), undefined],
    ['f: the horizon stopped short', { horizon: LATE - 1, now: FORGET }, 'void'],
    ['never looked', blind(T0 + HOUR), undefined],
  ])('%s', (_name, outlook, expected) => {
    const settlement = settlementIn(judge(canary, outlook));

    const horizon = outlook.horizon ?? null;
    expect(settlement).toEqual(
      expected && { type: 'settled', settlement: { verdict: expected, at: outlook.now, horizon } },
    );
  });

  test.each([
    ['in doubt', doubted()],
    ['refused', refused()],
  ])('%s: absence proves nothing, there is no verdict', (_name, fact) => {
    expect(settlementIn(judge(known([fact]), looking(FORGET + HOUR)))).toBeUndefined();
  });
});

describe('judge', () => {
  test('the steps of a canary that never comes', () => {
    const canary = known([accepted()]);
    const at = (instant: number): readonly string[] => types(judge(canary, looking(instant)));

    expect(at(T0 + POLICY.suspectAfterMs - 1)).toEqual([]);
    expect(at(T0 + POLICY.suspectAfterMs)).toEqual(['suspected']);
    expect(at(LATE)).toEqual(['suspected', 'settled']);
    expect(at(T0 + POLICY.lostAfterMs)).toEqual(['suspected', 'settled', 'written_off']);
    expect(at(FORGET)).toEqual(['suspected', 'settled', 'written_off', 'forgotten']);
  });

  test('a settlement stands: nothing else is proposed for it', () => {
    const late = known([accepted(), seenIn('inbox', 700, 701)]);
    const settled = judged(late, looking(T0 + 701 * SECOND));

    expect(judge(settled, looking(FORGET))).toEqual([]);
  });

  test('one in doubt is written off by our clock alone, from the loss of the connection', () => {
    const canary = known([doubted(span(T0, T0 + 5 * SECOND))]);
    const lost = T0 + 5 * SECOND + POLICY.lostAfterMs;

    expect(judge(canary, blind(lost - 1))).toEqual([]);
    expect(types(judge(canary, blind(lost)))).toEqual(['written_off']);
  });

  test('a refused one is never written off nor forgotten', () => {
    expect(judge(known([refused()]), looking(FORGET + HOUR))).toEqual([]);
  });

  test('one that was taken in the end is lost like any other, whatever was said before', () => {
    const canary = known([refused(), accepted()]);

    expect(types(judge(canary, looking(T0 + POLICY.lostAfterMs)))).toContain('written_off');
  });

  test('after forget_after nothing more is said, when the watcher sees again', () => {
    const forgotten = judged(known([accepted()]), blind(FORGET));

    expect(judge(forgotten, looking(FORGET + HOUR))).toEqual([]);
  });

  test('has nothing to add once its proposals are written down', () => {
    const anOutlook = fc.record({
      horizon: fc.option(fc.integer({ min: -HOUR, max: 100 * HOUR }), { nil: undefined }),
      now: fc.integer({ min: 0, max: 100 * HOUR }),
    });

    fc.assert(
      fc.property(someFacts, anOutlook, (facts, { horizon, now }) => {
        const outlook = { horizon: horizon === undefined ? horizon : T0 + horizon, now: T0 + now };
        const record = judged(known(facts), outlook);

        expect(judge(record, outlook)).toEqual([]);
      }),
    );
  });
});

describe('nextDeadline', () => {
  test('with the horizon at now, judge has nothing new before it, and something at it', () => {
    const offset = fc.integer({ min: 0, max: 100 * HOUR });

    fc.assert(
      fc.property(
        someFacts,
        offset,
        fc.double({ min: 0, max: 1, noNaN: true }),
        (facts, ms, share) => {
          const canary = known(facts);
          const seenAt = canary.sightings[0]?.seenAt ?? T0;
          const deadline = nextDeadline(canary);
          const end = deadline ?? T0 + ms;
          const before = Math.min(seenAt + (end - seenAt) * share, end - 1);

          if (before >= seenAt) expect(judge(canary, looking(before))).toEqual([]);
          if (deadline !== undefined) expect(judge(canary, looking(deadline))).not.toEqual([]);
          if (deadline === undefined) expect(judge(canary, looking(T0 + 1_000 * HOUR))).toEqual([]);
        },
      ),
      { numRuns: 500 },
    );
  });

  test.each([
    ['accepted: suspect_after', [accepted()], T0 + POLICY.suspectAfterMs],
    ['suspected: late_after', [accepted(), { type: 'suspected', at: T0 } as const], LATE],
    ['in doubt: lost_after', [doubted(span(T0))], T0 + POLICY.lostAfterMs],
    [
      'in doubt and written off: forget_after',
      [doubted(span(T0)), { type: 'written_off', at: T0 } as const],
      FORGET,
    ],
    ['refused: only news', [refused()], undefined],
    ['unanswered: only news', [], undefined],
    [
      'seen and unsettled, as after a crash: at once',
      [accepted(), seenIn('inbox', 1, 2)],
      T0 + 2 * SECOND,
    ],
    ['seen in an open dialogue: forget_after', [seenIn('inbox', 1, 2)], FORGET + 2 * SECOND],
  ])('%s', (_name, facts, expected) => {
    expect(nextDeadline(known(facts))).toBe(expected);
  });
});

describe('isContradicted', () => {
  const overdue = judged(known([accepted()]), looking(LATE));
  const found = (low: number, high: number): boolean =>
    isContradicted({ ...overdue, sightings: known([seenIn('inbox', low, high)]).sightings });

  test('a mail that was there all the time the looks did not show it', () => {
    expect(found(10, 20)).toBe(true);
  });

  test('a mail that came after the look that proved its absence', () => {
    expect(found(600.2, 601)).toBe(false);
  });

  test('neither an open record nor one without arrival is', () => {
    expect(isContradicted(overdue)).toBe(false);
    expect(isContradicted(known([accepted(), seenIn('inbox', 10, 20)]))).toBe(false);
  });

  test('a move to the inbox contradicts nothing: the first sighting decided', () => {
    const misfiled = judged(known([accepted(), seenIn('spam', 10, 20)]), looking(T0 + MINUTE));
    const moved = known([accepted(), seenIn('spam', 10, 20), seenIn('inbox', 90, 91)]);

    expect(isContradicted({ ...moved, settlement: misfiled.settlement })).toBe(false);
  });
});

describe('readingOf', () => {
  const readings = OUTCOMES.flatMap((outcome) =>
    [undefined, ...VERDICTS].map((verdict) => [outcome, verdict, readingOf(outcome, verdict)]),
  );

  test('has an answer for every outcome and verdict', () => {
    expect(Object.fromEntries(readings.map(([o, v, r]) => [`${o} ${v ?? '-'}`, r ?? '-']))).toEqual(
      {
        'in_flight -': '-',
        'in_flight on_time': '-',
        'in_flight overdue': '-',
        'in_flight misfiled': '-',
        'in_flight void': '-',
        'arrived -': '-',
        'arrived on_time': 'on_time',
        'arrived overdue': 'late',
        'arrived misfiled': 'misfiled',
        'arrived void': 'blind',
        ...same('recovered', 'late'),
        ...same('lost', 'lost'),
        ...same('unsent', 'unsent'),
        ...same('in_doubt', 'in_doubt'),
        ...same('blind', 'blind'),
      },
    );
  });

  function same(outcome: string, reading: string): Record<string, string> {
    return Object.fromEntries(
      ['-', ...VERDICTS].map((verdict) => [`${outcome} ${verdict}`, reading]),
    );
  }
});
