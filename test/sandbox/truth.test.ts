import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { silentLogger } from '../../src/base/logger.ts';
import { playScenario } from '../../src/sandbox/player.ts';
import type { Requeue } from '../../src/sandbox/queue.ts';
import { loadScenario } from '../../src/sandbox/scenario.ts';
import type { TruthLog } from '../../src/sandbox/truth.ts';
import { fixed, openQueue, sequences, type QueueBench } from './queue-bench.ts';

describe('the truth', () => {
  const patch = fc.record({
    loss: fc.constantFrom(0, 0.3, 1),
    misfile: fc.constantFrom(0, 0.5),
    duplicates: fc.constantFrom(0, 0.5),
    outage: fc.boolean(),
    drain: fc.constantFrom(0, 700),
    delay: fc.constantFrom(fixed(0), fixed(900), {
      type: 'uniform',
      fromMs: 0,
      toMs: 5_000,
    } as const),
  });
  const action = fc.oneof(
    fc.record({ do: fc.constant('set' as const), patch }),
    fc.record({ do: fc.constant('accept' as const), count: fc.integer({ min: 1, max: 5 }) }),
    fc.record({ do: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: 4_000 }) }),
    fc.record({ do: fc.constant('requeue' as const), duplicates: fc.constantFrom(0, 1) }),
  );

  /** Every mail has exactly one fate, and the log says what was ingested and nothing else. */
  function expectBalanced(bench: QueueBench, accepted: number): void {
    const mails = bench.truth.all();
    expect(mails.map(({ sequence }) => sequence)).toEqual(
      Array.from({ length: accepted }, (_, i) => i + 1),
    );
    for (const { sequence, state, copies, fate } of mails) {
      const seen = sequences(bench).filter((one) => one === sequence);
      expect(copies).toHaveLength(seen.length);
      expect(state === 'ingested').toBe(copies.length > 0);
      if (state === 'lost') expect(fate.lost).toBe(true);
      const deliveries = copies.filter(({ cause }) => cause === 'delivery').length;
      expect(deliveries).toBeLessThanOrEqual(fate.lost ? 0 : 1);
      expect(new Set(copies.map(({ externalId }) => externalId)).size).toBe(copies.length);
    }
  }

  it(
    'gives every accepted mail exactly one fate, whatever the dials do',
    { timeout: 60_000 },
    async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.integer({ min: 1 }),
          fc.array(action, { maxLength: 30 }),
          async (seed, actions) => {
            const bench = openQueue({}, seed);
            let accepted = 0;
            for (const step of actions) {
              if (step.do === 'set') bench.dials.set({ helpdesk: step.patch });
              if (step.do === 'wait') await bench.clock.advance(step.ms);
              if (step.do === 'requeue')
                bench.queue.requeue({ since: 0, duplicates: step.duplicates });
              if (step.do === 'accept') {
                bench.accept(step.count);
                accepted += step.count;
              }
              expectBalanced(bench, accepted);
            }
            bench.dials.set({ helpdesk: { outage: false } });
            await bench.clock.advance(600_000);
            expectBalanced(bench, accepted);
            for (const { state, fate } of bench.truth.all()) {
              expect(state === 'ingested' || (state === 'lost' && fate.lost)).toBe(true);
            }
          },
        ),
        { numRuns: 100 },
      );
    },
  );
});

describe('helpscout-2015, played', () => {
  it('loses, repeats and brings back what the reports say', { timeout: 60_000 }, async () => {
    const scenario = await loadScenario('helpscout-2015');
    const bench = openQueue(scenario.initial.helpdesk ?? {}, 2015);
    const { clock, dials, queue, truth } = bench;
    const start = clock.now();
    const hour = (count: number): number => start + count * 3_600_000;
    const sandbox = {
      dials,
      requeue: (_to: unknown, request: Requeue) => queue.requeue(request),
    };
    const player = playScenario(scenario, { clock, logger: silentLogger, sandbox });
    const out = (): boolean => dials.read().helpdesk.servers['mx8']?.out === true;

    const lostAt: number[] = [];
    for (let minute = 0; minute < 60 * 60; minute += 1) {
      const number = (minute % (out() ? 7 : 8)) + 1;
      bench.accept(1, `mx${number}.sandbox.test`);
      await clock.advance(60_000);
      if (minute === 46 * 60) lostAt.push(...lostSequences(truth));
    }
    await player.ended;

    const mails = truth.all();
    const within = (from: number, to: number) =>
      mails.filter(({ acceptedAt }) => acceptedAt >= hour(from) && acceptedAt < hour(to));
    const lost = (from: number, to: number): number =>
      within(from, to).filter(({ state }) => state === 'lost').length;
    const late = (from: number, to: number): number =>
      within(from, to).filter(({ fate }) => fate.delayMs > 600_000).length;
    const twice = mails.filter(({ copies }) => copies.length > 1);

    expect([lost(0, 24), late(0, 24)]).toEqual([0, 0]); // a quiet day first
    expect(mails.filter(({ fate, server }) => fate.lost && !server.startsWith('mx8'))).toEqual([]);
    expect(lostAt.length).toBeGreaterThan(30); // 22 h x 60 / 8 x 0.3 = 50 expected
    expect(lostAt.length).toBeLessThan(70);
    expect(late(30.5, 31.5)).toBeGreaterThan(12); // 60 x 0.4 = 24 expected, and some of the bad server
    expect([lost(24, 32), lost(52.01, 60)]).toEqual([0, 0]);
    expect(lost(32, 52)).toBeGreaterThan(25); // 20 h x 60 / 8 x 0.3 = 45 expected
    expect(twice.length).toBeGreaterThan(1); // 480 x 2 % = 10 expected
    expect(twice.every(({ acceptedAt }) => acceptedAt >= hour(24) && acceptedAt <= hour(32))).toBe(
      true,
    );
  });
});

function lostSequences(truth: TruthLog): readonly number[] {
  return truth.all().flatMap(({ state, sequence }) => (state === 'lost' ? [sequence] : []));
}
