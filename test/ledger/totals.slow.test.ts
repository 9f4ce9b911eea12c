import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { silentLogger } from '../../src/base/logger.ts';
import {
  apply,
  duplicatesOf,
  firstSighting,
  isAccepted,
  launchCanary,
  latencyOf,
  outcomeOf,
  type Canary,
  type Fact,
} from '../../src/domain/canary.ts';
import { effectsOf, LAUNCH_EFFECTS, verdictOf, type LedgerEvent } from '../../src/domain/events.ts';
import { isPrecise, midpoint } from '../../src/domain/latency.ts';
import { openLedger } from '../../src/ledger/open.ts';
import { LATENCY_BUCKETS, totalsOf, type Total } from '../../src/ledger/totals.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { aFact } from '../support/arbitraries.ts';
import { accepted, createBench, draft, idOf, settled, sighted, START } from './support.ts';

const KINDS = ['scheduled', 'burst', 'manual'] as const;

/** One number of the totals, over all series. */
function sum(totals: readonly Total[], name: Total['name'], label?: string): number {
  return totals
    .filter((total) => total.name === name && (label === undefined || total.label === label))
    .reduce((all, total) => all + total.value, 0);
}

/** What the ledger has to make of a list of facts: the first judgement stands, all else joins. */
function fold(canary: Canary, fact: Fact): Canary {
  const judged = {
    settled: canary.settlement,
    suspected: canary.suspectedAt,
    written_off: canary.writtenOffAt,
    forgotten: canary.forgottenAt,
  };
  const isLate = fact.type in judged && judged[fact.type as keyof typeof judged] !== null;
  return isLate ? canary : apply(canary, fact);
}

function count(canaries: readonly Canary[], test: (canary: Canary) => boolean): number {
  return canaries.filter(test).length;
}

/** The equations, and every total that the final records alone decide. */
function expectTotals(totals: readonly Total[], all: readonly Canary[]): void {
  const canaries = all.filter((canary) => canary.launch.kind !== 'manual');
  const unjudged = count(canaries, (c) => isAccepted(c) && verdictOf(c) === undefined);
  expect(sum(totals, 'accepted')).toBe(sum(totals, 'settled') + unjudged);
  expect(sum(totals, 'launched')).toBe(sum(totals, 'canaries'));
  expect(sum(totals, 'launched')).toBe(canaries.length);
  expect(sum(totals, 'accepted')).toBe(count(canaries, isAccepted));
  expect(sum(totals, 'unsent')).toBe(count(canaries, (c) => c.refusal !== null));
  expect(sum(totals, 'in_doubt')).toBe(count(canaries, (c) => c.doubt !== null));
  expect(sum(totals, 'suspected')).toBe(count(canaries, (c) => c.suspectedAt !== null));
  expect(sum(totals, 'arrived')).toBe(count(canaries, (c) => firstSighting(c) !== undefined));
  expect(sum(totals, 'duplicated')).toBe(
    canaries.reduce((copies, canary) => copies + duplicatesOf(canary), 0),
  );
  for (const outcome of ['in_flight', 'arrived', 'lost', 'recovered', 'unsent', 'blind'] as const) {
    expect(sum(totals, 'canaries', outcome)).toBe(count(canaries, (c) => outcomeOf(c) === outcome));
  }
  for (const verdict of ['on_time', 'overdue', 'misfiled', 'void'] as const) {
    expect(sum(totals, 'settled', verdict)).toBe(count(canaries, (c) => verdictOf(c) === verdict));
  }
  expect(sum(totals, 'latency_bucket')).toBe(sum(totals, 'latency_count'));
}

const aScript = fc.record({
  kinds: fc.array(fc.constantFrom(...KINDS), { minLength: 1, maxLength: 5 }),
  steps: fc.array(fc.array(fc.tuple(fc.nat(), aFact), { minLength: 1, maxLength: 6 }), {
    maxLength: 8,
  }),
});

describe('totals', () => {
  it('equal a fold over whatever facts were said, and the equations hold at each step', async () => {
    const tools = { clock: createFakeClock(), logger: silentLogger };
    await fc.assert(
      fc.asyncProperty(aScript, async ({ kinds, steps }) => {
        const bench = await createBench();
        const ledger = await openLedger({ url: bench.url }, tools);
        const view = await bench.view();
        const events: LedgerEvent[] = [];
        ledger.subscribe((event) => events.push(event));
        const records: Canary[] = [];
        const effects: Total[] = [];
        for (const [index, kind] of kinds.entries()) {
          records.push(await ledger.launch(draft(index, { kind })));
        }
        for (const canary of records) effects.push(...countEffects(canary, LAUNCH_EFFECTS));

        for (const step of steps) {
          const entries = step.map(([index, fact]) => ({ index: index % records.length, fact }));
          for (const { index, fact } of entries) {
            const before = records[index]!;
            const after = fold(before, fact);
            records[index] = after;
            effects.push(...countEffects(after, effectsOf(before, after)));
          }
          await ledger.append(
            entries.map(({ index, fact }) => ({ id: idOf(records[index]!), fact })),
          );
          const { totals, position } = await view.totals();
          expectTotals(totals, records);
          expect(position).toBe(events.length);
        }

        const { totals } = await view.totals();
        expect(inOrder(totals)).toEqual(inOrder(merge(effects)));
        expect(inOrder(totals)).toEqual(inOrder(totalsOf(events)));
        expect(events.map((event) => event.position)).toEqual(events.map((_, n) => n + 1));
        for (const record of records) {
          expect(await view.findCanary(idOf(record))).toEqual(record);
          const told = (await view.timeline(idOf(record))).map((event) => event.fact);
          const again = told.reduce(
            (canary, fact) => (fact.type === 'launched' ? canary : fold(canary, fact)),
            launchCanary(record.launch),
          );
          expect(again).toEqual(record);
        }
        await ledger.close();
      }),
      { numRuns: 25 },
    );
  }, 60_000);

  it('count no manual canary', async () => {
    const bench = await createBench();
    const ledger = await bench.open();
    const { id } = (await ledger.launch(draft(1, { kind: 'manual' }))).launch;

    await ledger.append([accepted(), sighted(), settled()].map((fact) => ({ id, fact })));

    expect((await (await bench.view()).totals()).totals).toEqual([]);
  });

  it('put a latency into one bucket and its microseconds into the sum', async () => {
    const bench = await createBench();
    const ledger = await bench.open();
    const facts = [accepted(40), sighted(2_540), settled()];
    const { id } = (await ledger.launch(draft(1))).launch;

    await ledger.append(facts.map((fact) => ({ id, fact })));
    const { totals } = await (await bench.view()).totals();

    const latency = latencyOf((await ledger.find(id))!)!;
    expect(latency).toEqual({ low: 2_000, high: 2_510 });
    expect(sum(totals, 'latency_bucket', '2.5')).toBe(1);
    expect(sum(totals, 'latency_bucket')).toBe(1);
    expect(sum(totals, 'latency_sum')).toBe(2_255_000);
  });

  it.each([
    [{ low: 1_000_000, high: 1_000_000 }, '1800'],
    [{ low: 1_000, high: 1_000 }, '1'],
    [{ low: 1_000.001, high: 1_000.001 }, '2.5'],
    [{ low: 400_000_000, high: 400_000_000 }, '+Inf'],
    [{ low: 0, high: 20_000 }, undefined],
  ])('bucket of %o: %s', (latency, label) => {
    const canary = launchCanary({ ...draft(1), sequence: 1 });
    const totals = countEffects(canary, [{ type: 'latency', latency }]);

    expect(totals.find((total) => total.name === 'latency_bucket')?.label).toBe(label);
    expect(isPrecise(latency)).toBe(label !== undefined);
    expect(sum(totals, 'latency_unknown')).toBe(label === undefined ? 1 : 0);
    expect(sum(totals, 'latency_sum')).toBe(
      label === undefined ? 0 : Math.round(midpoint(latency) * 1_000),
    );
  });

  it('buckets rise', () => {
    expect([...LATENCY_BUCKETS].sort((a, b) => a - b)).toEqual(LATENCY_BUCKETS);
  });
});

function countEffects(canary: Canary, effects: LedgerEvent['effects']): readonly Total[] {
  const fact = { type: 'launched' } as const;
  return totalsOf([{ position: 1, at: START, launch: canary.launch, fact, effects }]);
}

function merge(totals: readonly Total[]): readonly Total[] {
  const merged = new Map<string, Total>();
  for (const total of totals) {
    const key = JSON.stringify({ ...total, value: 0 });
    merged.set(key, { ...total, value: total.value + (merged.get(key)?.value ?? 0) });
  }
  return [...merged.values()];
}

/** Zeros that came from rising and falling are as good as absent. */
function inOrder(totals: readonly Total[]): readonly string[] {
  const present = totals.filter((total) => total.value !== 0);
  return present.map((total) => JSON.stringify(Object.entries(total).sort())).sort();
}
