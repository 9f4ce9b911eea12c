import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  apply,
  duplicatesOf,
  isAccepted,
  outcomeOf,
  type Canary,
  type Fact,
} from '../../src/domain/canary.ts';
import { effectsOf, LAUNCH_EFFECTS, verdictOf, type Effect } from '../../src/domain/events.ts';
import { aFact } from '../support/arbitraries.ts';
import { accepted, doubted, known, refused, seenIn, sighted, SECOND, span, T0 } from './samples.ts';

interface Books {
  readonly canaries: readonly Canary[];
  readonly counts: ReadonlyMap<string, number>;
}

/** A life of some canaries: which one hears of what, one after the other. */
const aLife = fc.record({
  canaries: fc.integer({ min: 1, max: 4 }),
  steps: fc.array(fc.tuple(fc.nat({ max: 3 }), aFact), { maxLength: 40 }),
});

/** Folds effects as the totals do. The ledger takes a settlement only if there is none (semantics A4). */
function keepBooks(life: { canaries: number; steps: readonly (readonly [number, Fact])[] }): Books {
  const canaries = Array.from({ length: life.canaries }, (_, index) =>
    known([], { sequence: index }),
  );
  const counts = new Map<string, number>();
  for (const effect of canaries.flatMap(() => LAUNCH_EFFECTS)) count(counts, effect);
  for (const [index, fact] of life.steps) {
    const before = canaries[index % canaries.length]!;
    if (fact.type === 'settled' && before.settlement !== null) continue;
    const after = apply(before, fact);
    canaries[index % canaries.length] = after;
    for (const effect of effectsOf(before, after)) count(counts, effect);
  }
  return { canaries, counts };
}

function count(counts: Map<string, number>, effect: Effect): void {
  const add = (name: string, by: number): void => {
    counts.set(name, (counts.get(name) ?? 0) + by);
  };
  add(effect.type, effect.type === 'duplicated' ? effect.count : 1);
  if (effect.type === 'settled') add(`verdict ${effect.verdict}`, 1);
  if (effect.type === 'outcome') {
    if (effect.from !== null) add(`outcome ${effect.from}`, -1);
    add(`outcome ${effect.to}`, 1);
  }
}

/** The sum of all counts whose names begin so. */
function sum(counts: ReadonlyMap<string, number>, prefix: string): number {
  const fitting = [...counts].filter(([name]) => name.startsWith(prefix));
  return fitting.reduce((total, [, value]) => total + value, 0);
}

function number(canaries: readonly Canary[], test: (canary: Canary) => boolean): number {
  return canaries.filter(test).length;
}

describe('the books (truth 6)', () => {
  test('both equations hold after every step of any life', () => {
    fc.assert(
      fc.property(aLife, (life) => {
        for (let step = 0; step <= life.steps.length; step += 1) {
          const { canaries, counts } = keepBooks({ ...life, steps: life.steps.slice(0, step) });
          const unjudged = number(canaries, (c) => isAccepted(c) && verdictOf(c) === undefined);

          expect(counts.get('accepted') ?? 0).toBe(sum(counts, 'verdict ') + unjudged);
          expect(counts.get('launched') ?? 0).toBe(sum(counts, 'outcome '));
        }
      }),
    );
  });

  test('folding effects gives what counting the final records gives', () => {
    fc.assert(
      fc.property(aLife, (life) => {
        const { canaries, counts } = keepBooks(life);
        const at = (name: string): number => counts.get(name) ?? 0;
        const all = (test: (canary: Canary) => boolean): number => number(canaries, test);

        expect(at('accepted')).toBe(all(isAccepted));
        expect(at('unsent')).toBe(all((c) => c.refusal !== null));
        expect(at('in_doubt')).toBe(all((c) => c.doubt !== null));
        expect(at('suspected')).toBe(all((c) => c.suspectedAt !== null));
        expect(at('arrived')).toBe(all((c) => c.sightings.length > 0));
        expect(at('latency')).toBe(all((c) => c.settlement !== null && c.sightings.length > 0));
        expect(at('duplicated')).toBe(canaries.reduce((total, c) => total + duplicatesOf(c), 0));
        for (const verdict of ['on_time', 'overdue', 'misfiled', 'void'] as const) {
          expect(at(`verdict ${verdict}`)).toBe(all((c) => verdictOf(c) === verdict));
        }
        for (const [name, value] of counts) {
          if (!name.startsWith('outcome ')) continue;
          expect(value).toBe(all((c) => `outcome ${outcomeOf(c)}` === name));
        }
      }),
    );
  });

  test('a fact that is heard again counts nothing', () => {
    fc.assert(
      fc.property(fc.array(aFact, { maxLength: 15 }), (facts) => {
        const record = known(facts);
        const again = facts.flatMap((fact) => effectsOf(record, apply(record, fact)));

        expect(again).toEqual([]);
      }),
    );
  });
});

describe('effectsOf', () => {
  const settled = (verdict: 'on_time' | 'overdue' | 'misfiled'): Fact => ({
    type: 'settled',
    settlement: { verdict, at: T0, horizon: null },
  });
  const writtenOff: Fact = { type: 'written_off', at: T0 };
  const seen = seenIn('inbox', 10, 11);

  test.each<readonly [string, readonly Fact[], Fact, readonly Effect[]]>([
    ['a 250', [], accepted(), [{ type: 'accepted' }]],
    [
      'a refusal',
      [],
      refused(),
      [
        { type: 'unsent', reason: 'refused' },
        { type: 'outcome', from: 'in_flight', to: 'unsent' },
      ],
    ],
    ['a doubt', [], doubted(), [{ type: 'in_doubt' }]],
    [
      'an arrival of one in doubt: it was accepted',
      [doubted()],
      seen,
      [
        { type: 'accepted' },
        { type: 'arrived', place: 'inbox' },
        { type: 'outcome', from: 'in_flight', to: 'arrived' },
      ],
    ],
    [
      'an arrival of a refused one: unsent does not fall, its outcome moves',
      [refused()],
      seen,
      [
        { type: 'accepted' },
        { type: 'arrived', place: 'inbox' },
        { type: 'outcome', from: 'unsent', to: 'arrived' },
      ],
    ],
    [
      'a verdict on an arrival: with its latency',
      [accepted(), seen],
      settled('on_time'),
      [
        { type: 'settled', verdict: 'on_time' },
        { type: 'latency', latency: span(10 * SECOND, 11 * SECOND) },
      ],
    ],
    [
      'loss',
      [accepted(), settled('overdue')],
      writtenOff,
      [{ type: 'lost' }, { type: 'outcome', from: 'in_flight', to: 'lost' }],
    ],
    [
      'recovery after loss',
      [accepted(), settled('overdue'), writtenOff],
      seenIn('inbox', 30_000, 30_001),
      [
        { type: 'arrived', place: 'inbox' },
        { type: 'recovered', after: 'lost' },
        { type: 'latency', latency: span(30_000 * SECOND, 30_001 * SECOND) },
        { type: 'outcome', from: 'lost', to: 'recovered' },
      ],
    ],
    [
      'recovery of an overdue one',
      [accepted(), settled('overdue')],
      seenIn('inbox', 700, 701),
      [
        { type: 'arrived', place: 'inbox' },
        { type: 'recovered', after: 'overdue' },
        { type: 'latency', latency: span(700 * SECOND, 701 * SECOND) },
        { type: 'outcome', from: 'in_flight', to: 'arrived' },
      ],
    ],
    [
      'recovery from spam',
      [accepted(), seenIn('spam', 10, 11), settled('misfiled')],
      seenIn('inbox', 90, 91),
      [{ type: 'recovered', after: 'misfiled' }],
    ],
    [
      'an arrival that refutes the verdict',
      [accepted(), settled('overdue')],
      seen,
      [
        { type: 'arrived', place: 'inbox' },
        { type: 'recovered', after: 'overdue' },
        { type: 'latency', latency: span(10 * SECOND, 11 * SECOND) },
        { type: 'contradicted' },
        { type: 'outcome', from: 'in_flight', to: 'arrived' },
      ],
    ],
    [
      'copies',
      [accepted(), seen],
      { type: 'copied', at: T0, copies: 3 },
      [{ type: 'duplicated', count: 2 }],
    ],
    ['the same copy again', [accepted(), seen], seen, []],
    ['a second copy elsewhere', [accepted(), seen], sighted(span(T0), { externalId: 'x' }), []],
    [
      'the end of a wait for one in doubt',
      [doubted()],
      writtenOff,
      [{ type: 'outcome', from: 'in_flight', to: 'in_doubt' }],
    ],
    [
      'an arrival after that wait: late, and no recovery, since it never was lost',
      [doubted(), writtenOff],
      seenIn('inbox', 30_000, 30_001),
      [
        { type: 'accepted' },
        { type: 'arrived', place: 'inbox' },
        { type: 'outcome', from: 'in_doubt', to: 'arrived' },
      ],
    ],
  ])('%s', (...[, facts, fact, expected]) => {
    const before = known(facts);

    expect(effectsOf(before, apply(before, fact))).toEqual(expected);
  });
});
