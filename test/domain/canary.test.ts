import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  acceptedAt,
  duplicatesOf,
  firstSighting,
  isAccepted,
  isMissing,
  latencyOf,
  outcomeOf,
  SIGHTINGS_KEPT,
  type Fact,
  type Outcome,
} from '../../src/domain/canary.ts';
import { isMisfiled, type Sighting } from '../../src/domain/sighting.ts';
import { retold, someFacts } from '../support/arbitraries.ts';
import {
  accepted,
  doubted,
  known,
  refused,
  SECOND,
  seenIn,
  sighted,
  span,
  T0,
  withFacts,
} from './samples.ts';

const writtenOff: Fact = { type: 'written_off', at: T0 };
const forgotten: Fact = { type: 'forgotten', at: T0 };

describe('apply', () => {
  test('any order and any repetition of the same facts, settlements included, gives one record', () => {
    const twice = someFacts.chain((facts) => fc.tuple(fc.constant(facts), retold(facts)));

    fc.assert(
      fc.property(twice, ([facts, others]) => {
        expect(known(others)).toEqual(known(facts));
      }),
      { numRuns: 300 },
    );
  });

  test('is idempotent: nothing changes when everything is said again', () => {
    fc.assert(
      fc.property(someFacts, (facts) => {
        const record = known(facts);

        expect(withFacts(record, facts)).toEqual(record);
      }),
    );
  });

  test('is associative: groups of facts may be joined in any order', () => {
    fc.assert(
      fc.property(someFacts, someFacts, someFacts, (a, b, c) => {
        const record = known([...a, ...b, ...c]);

        expect(known([...c, ...a, ...b])).toEqual(record);
        expect(known([...b, ...c, ...a])).toEqual(record);
      }),
    );
  });

  test('keeps the sixteen earliest sightings, one an external id and place, and the first in a good place', () => {
    fc.assert(
      fc.property(someFacts, (facts) => {
        const all = facts.flatMap((fact) => (fact.type === 'sighted' ? [fact.sighting] : []));
        const record = known(facts);
        const earliest = (some: readonly Sighting[]): number | undefined =>
          some.length === 0 ? undefined : Math.min(...some.map((seen) => seen.seenAt));
        const keys = new Set(all.map((seen) => `${seen.externalId} ${seen.place}`));

        expect(record.sightings).toHaveLength(Math.min(SIGHTINGS_KEPT, keys.size));
        expect(firstSighting(record)?.seenAt).toBe(earliest(all));
        expect(record.ingestion?.seenAt).toBe(
          earliest(all.filter((seen) => !isMisfiled(seen.place))),
        );
      }),
    );
  });

  test.each([
    ['an absent queue id and an empty one', [withQueueId(null), withQueueId('')]],
    ['an absent code and zero', [refused(T0, null), refused(T0, 0)]],
  ])('tells %s apart whichever comes first', (_name, [one, other]) => {
    expect(known([one!, other!])).toEqual(known([other!, one!]));
  });
});

describe('acceptedAt', () => {
  const late = sighted(span(T0 + 60 * SECOND, T0 + 61 * SECOND));

  test.each([
    ['nothing is known', [], undefined],
    ['end of DATA to the 250', [accepted(span(T0, T0 + SECOND))], span(T0, T0 + SECOND)],
    ['in doubt and not seen: not accepted', [doubted()], undefined],
    [
      'in doubt and seen: body written to connection lost',
      [doubted(), late],
      span(T0, T0 + 5 * SECOND),
    ],
    ['refused and seen all the same: launch to refusal', [refused(), late], span(T0 - SECOND, T0)],
    ['unanswered and seen: launch to the look', [late], span(T0 - SECOND, T0 + 61 * SECOND)],
    [
      'seen before the connection was lost: it was accepted by then',
      [doubted(), sighted(span(T0, T0 + 2 * SECOND))],
      span(T0, T0 + 2 * SECOND),
    ],
    [
      'seen, by its bracket, before the body was written: the interval stays one',
      [doubted(), sighted(span(T0 - SECOND, T0 - 1))],
      span(T0),
    ],
    ['the 250 outweighs all else', [doubted(), late, accepted()], span(T0)],
  ])('%s', (_name, facts, expected) => {
    const canary = known(facts);

    expect(acceptedAt(canary)).toEqual(expected);
    expect(isAccepted(canary)).toBe(expected !== undefined);
  });

  test('latency runs from there to the first sighting, wherever it was', () => {
    const canary = known([
      accepted(span(T0, T0 + SECOND)),
      seenIn('spam', 10, 12),
      seenIn('inbox', 60, 61),
    ]);

    expect(latencyOf(canary)).toEqual(span(9 * SECOND, 12 * SECOND));
  });

  test('there is no latency without acceptance and sighting', () => {
    expect(latencyOf(known([accepted()]))).toBeUndefined();
    expect(latencyOf(known([doubted()]))).toBeUndefined();
  });
});

describe('outcomeOf', () => {
  const seen = seenIn('inbox', 10, 11);

  test.each<readonly [string, readonly Fact[], Outcome]>([
    ['unanswered', [], 'in_flight'],
    ['accepted and missing', [accepted()], 'in_flight'],
    ['accepted and seen', [accepted(), seen], 'arrived'],
    [
      'seen in spam: arrived, its verdict says the rest',
      [accepted(), seenIn('spam', 1, 2)],
      'arrived',
    ],
    ['written off', [accepted(), writtenOff], 'lost'],
    ['written off and forgotten', [accepted(), writtenOff, forgotten], 'lost'],
    ['forgotten without proof', [accepted(), forgotten], 'blind'],
    ['lost, then seen', [accepted(), writtenOff, seen], 'recovered'],
    ['refused', [refused()], 'unsent'],
    ['refused, then seen: 451 after the queue took it', [refused(), seen], 'arrived'],
    ['in doubt before lost_after', [doubted()], 'in_flight'],
    ['in doubt after it', [doubted(), writtenOff], 'in_doubt'],
    ['in doubt and forgotten', [doubted(), writtenOff, forgotten], 'in_doubt'],
    ['in doubt, then seen', [doubted(), seen], 'arrived'],
    [
      'in doubt, written off, then seen: it was never lost',
      [doubted(), writtenOff, seen],
      'arrived',
    ],
    ['unanswered and forgotten, its probe was removed', [forgotten], 'in_doubt'],
  ])('%s: %s', (_name, facts, expected) => {
    expect(outcomeOf(known(facts))).toBe(expected);
  });
});

describe('isMissing', () => {
  test.each([
    ['accepted', [accepted()], true],
    ['unanswered', [], false],
    ['in doubt: its absence proves nothing', [doubted()], false],
    ['in spam: mail flows', [accepted(), seenIn('spam', 1, 2)], false],
  ])('%s', (_name, facts, expected) => {
    expect(isMissing(known(facts))).toBe(expected);
  });
});

describe('duplicatesOf', () => {
  test('counts copies beyond the first in one look; the most is kept', () => {
    const copied = (copies: number): Fact => ({ type: 'copied', at: T0, copies });

    expect(duplicatesOf(known([accepted()]))).toBe(0);
    expect(duplicatesOf(known([accepted(), copied(3), copied(2)]))).toBe(2);
  });

  test('a move or new UIDs are none: external ids that are never seen together', () => {
    const canary = known([accepted(), seenIn('spam', 1, 2), seenIn('inbox', 60, 61)]);

    expect(duplicatesOf(canary)).toBe(0);
  });
});

function withQueueId(queueId: string | null): Fact {
  return { type: 'accepted', acceptance: { at: span(T0), queueId, serverMessageId: null } };
}
