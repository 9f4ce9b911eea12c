import fc from 'fast-check';
import type { Instant } from '../../src/base/clock.ts';
import { REASONS } from '../../src/base/errors.ts';
import { VERDICTS, type Fact } from '../../src/domain/canary.ts';
import type { Interval } from '../../src/domain/latency.ts';
import { PLACES, type Hop, type Sighting } from '../../src/domain/sighting.ts';

/** Facts in this file happen within a few seconds of this instant, so that many coincide. */
export const EPOCH: Instant = Date.UTC(2026, 10, 24, 2, 0, 0);

/** Few different ones: ties are the hard part. */
export const anInstant: fc.Arbitrary<Instant> = fc
  .integer({ min: 0, max: 8 })
  .map((halves) => EPOCH + halves * 500);

export const anInterval: fc.Arbitrary<Interval> = fc
  .tuple(anInstant, anInstant)
  .map(([a, b]) => ({ low: Math.min(a, b), high: Math.max(a, b) }));

/** Absent, empty and short: three things that must not be mixed up. */
const aWord = fc.constantFrom(null, '', 'a', 'b');
const aReason = fc.constantFrom(...REASONS);
const aHop: fc.Arbitrary<Hop> = fc.record({
  from: fc.constantFrom('', 'a'),
  by: fc.constant('b'),
  seconds: fc.constantFrom(null, 0, -1),
  clockSuspect: fc.boolean(),
});

export const aSighting: fc.Arbitrary<Sighting> = fc.record({
  externalId: fc.integer({ min: 0, max: 24 }).map(String),
  place: fc.constantFrom(...PLACES),
  ingested: anInterval,
  seenAt: anInstant,
  stamp: fc.option(
    fc.record({
      at: fc.constantFrom(0, EPOCH),
      quantumMs: fc.constant(1_000),
      source: fc.constant('s'),
    }),
  ),
  hops: fc.array(aHop, { maxLength: 1 }),
  foreignMessageId: aWord,
});

export const aSettlement: fc.Arbitrary<Fact> = fc.record({
  type: fc.constant('settled' as const),
  settlement: fc.record({
    verdict: fc.constantFrom(...VERDICTS),
    at: anInstant,
    horizon: fc.constantFrom(null, 0, EPOCH),
  }),
});

/** Any fact about a canary, likely or not. */
export const aFact: fc.Arbitrary<Fact> = fc.oneof(
  fc.record({
    type: fc.constant('accepted' as const),
    acceptance: fc.record({ at: anInterval, queueId: aWord, serverMessageId: aWord }),
  }),
  fc.record({
    type: fc.constant('refused' as const),
    refusal: fc.record({
      at: anInstant,
      reason: aReason,
      code: fc.constantFrom(null, 0, 451, 550),
      detail: fc.constantFrom('', 'no'),
    }),
  }),
  fc.record({
    type: fc.constant('doubted' as const),
    doubt: fc.record({ at: anInterval, reason: aReason, detail: fc.constantFrom('', 'no') }),
  }),
  { weight: 3, arbitrary: aSighting.map((sighting): Fact => ({ type: 'sighted', sighting })) },
  fc
    .record({ observer: fc.constantFrom('front', 'gate'), sighting: aSighting })
    .map((passage): Fact => ({ type: 'passed', passage })),
  fc.record({
    type: fc.constant('copied' as const),
    at: anInstant,
    copies: fc.integer({ min: 0, max: 3 }),
  }),
  fc.record({ type: fc.constantFrom('suspected', 'written_off', 'forgotten'), at: anInstant }),
  fc.record({
    type: fc.constant('clock_set' as const),
    step: fc.record({ at: anInstant, byMs: fc.integer({ min: 1_001, max: 3_600_000 }) }),
  }),
  aSettlement,
);

export const someFacts: fc.Arbitrary<readonly Fact[]> = fc.oneof(
  fc.array(aFact, { maxLength: 12 }),
  fc.array(aFact, { minLength: 20, maxLength: 60 }),
);

/** The same facts again: each at least once, some more often, in another order. */
export function retold(facts: readonly Fact[]): fc.Arbitrary<readonly Fact[]> {
  const again =
    facts.length === 0 ? fc.constant([]) : fc.array(fc.constantFrom(...facts), { maxLength: 10 });
  return again.chain((repeated) => {
    const all = [...facts, ...repeated];
    return fc.shuffledSubarray(all, { minLength: all.length });
  });
}
