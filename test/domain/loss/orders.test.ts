import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { launchCanary, type Canary, type Fact } from '../../../src/domain/canary.ts';
import { LossTrail } from '../../../src/domain/loss/trail.ts';
import { accepted, aLaunch, HOUR, span, T0, withFacts } from '../samples.ts';
import { aFact } from '../../support/arbitraries.ts';
import { arrivedAt, at, become, foldOf, sent, settled, trailOf } from './support.ts';

/** No more than arrivals that keep their place. */
const CANARIES = 14;

/** What is told again changes nothing; that one was forgotten comes last, as in life. */
const someOrder = fc.array(
  fc.tuple(
    fc.nat(CANARIES - 1),
    aFact.filter(({ type }) => type !== 'forgotten'),
  ),
  { maxLength: 80 },
);

/** When a canary of a minute arrives, in minutes after that; null: never. Most at once. */
const someDelays = fc.array(
  fc.oneof(
    { weight: 5, arbitrary: fc.constant(0) },
    { weight: 1, arbitrary: fc.integer({ min: 0, max: 200 }) },
    { weight: 1, arbitrary: fc.constant(null) },
  ),
  { minLength: 30, maxLength: 150 },
);

describe('months as they go', () => {
  it('give the same evidence as folding from scratch, at every minute', () => {
    fc.assert(
      fc.property(someDelays, (delays) => {
        const trail = new LossTrail();
        const records = new Map<number, Canary>();
        for (let minute = 0; minute < delays.length + 220; minute += 1) {
          if (minute < delays.length) records.set(minute, launchCanary(sent(minute).launch));
          for (const [number, canary] of records) {
            const facts = factsAt(minute, number, delays[number]!);
            if (facts.length > 0) {
              records.set(number, become(trail, canary, withFacts(canary, facts)));
            }
          }
          if (minute % 20 > 0) continue;
          const scratch = trailOf(records.values());
          expect(foldOf(trail, at(minute))).toEqual(foldOf(scratch, at(minute)));
          expect(trail.lastDay(at(minute))).toEqual(scratch.lastDay(at(minute)));
        }
      }),
      { numRuns: 20 },
    );
  });
});

/** What becomes known in a minute: acceptance, arrival, verdict, and that it is forgotten after 210 minutes. */
function factsAt(minute: number, number: number, delay: number | null): readonly Fact[] {
  const age = minute - number;
  const facts: Fact[] = [];
  if (age === 0) facts.push(accepted(span(at(number))));
  if (age === delay) facts.push(arrivedAt(minute));
  if (delay !== null && delay < 10 && age === delay) facts.push(settled('on_time', minute));
  if ((delay === null || delay >= 10) && age === 10) facts.push(settled('overdue', minute));
  if (delay === null && age === 210) facts.push({ type: 'forgotten', at: at(minute) });
  return facts;
}

describe('any order of facts', () => {
  it('gives the same evidence as folding the records that came of them, from scratch', () => {
    fc.assert(
      fc.property(someOrder, fc.integer({ min: 0, max: 8 * HOUR }), (order, laterMs) => {
        const records = Array.from({ length: CANARIES }, (_, number) =>
          launchCanary(aLaunch({ id: `c${number}`, sequence: number + 1 })),
        );
        const trail = new LossTrail();
        for (const [number, fact] of order) {
          const before = records[number]!;
          records[number] = become(trail, before, withFacts(before, [fact]));
        }

        const scratch = trailOf(records);

        expect(foldOf(trail, T0 + laterMs)).toEqual(foldOf(scratch, T0 + laterMs));
        expect(trail.lastDay(T0 + laterMs)).toEqual(scratch.lastDay(T0 + laterMs));
      }),
      { numRuns: 500 },
    );
  });
});
