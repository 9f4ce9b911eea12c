import { describe, expect, it } from 'vitest';
import { uniform } from '../../src/base/random.ts';
import { drawDelay, forkRandom } from '../../src/sandbox/chance.ts';
import type { Delay } from '../../src/sandbox/config.ts';
import type { MailTruth } from '../../src/sandbox/truth.ts';
import { createFakeRandom } from '../support/fake-random.ts';
import { fixed, openQueue, sequences, type HelpdeskPatch, type QueueBench } from './queue-bench.ts';

/** Within five standard deviations of a binomial: a seed that fails by chance is one in two million. */
function expectShare(count: number, total: number, share: number): void {
  const sigma = Math.sqrt(total * share * (1 - share));
  expect(Math.abs(count - total * share)).toBeLessThan(5 * sigma);
}

describe('delays', () => {
  const random = createFakeRandom(7);
  const draw = (delay: Delay): number[] =>
    Array.from({ length: 20_000 }, () => drawDelay(delay, random)).sort((a, b) => a - b);

  it('have the median and the 99th percentile asked for', () => {
    const drawn = draw({ type: 'lognormal', medianMs: 6_000, p99Ms: 45_000 });

    expect(drawn[10_000]).toBeGreaterThan(5_700);
    expect(drawn[10_000]).toBeLessThan(6_300);
    expect(drawn[19_800]).toBeGreaterThan(40_000);
    expect(drawn[19_800]).toBeLessThan(50_000);
    expect(drawn[0]).toBeGreaterThanOrEqual(0);
  });

  it('stay within their bounds, and are slow for the share asked for', () => {
    const even = draw({ type: 'uniform', fromMs: 10, toMs: 20 });
    const two = draw({
      type: 'bimodal',
      share: 0.1,
      fast: { type: 'fixed', ms: 1 },
      slow: { type: 'fixed', ms: 9 },
    });

    expect([even[0], even.at(-1)]).toEqual([10, 20]);
    expectShare(two.filter((ms) => ms === 9).length, 20_000, 0.1);
  });

  it('a fork of chance repeats for a seed and is apart from its source', () => {
    const [one, other] = [createFakeRandom(3), createFakeRandom(3)];
    const [a, b] = [forkRandom(one), forkRandom(other)];
    one.bytes(1);
    const draws = (random: typeof a): number[] => Array.from({ length: 50 }, () => uniform(random));

    const [left, right] = [draws(a), draws(b)];

    expect(left).toEqual(right);
    expect(new Set(left).size).toBe(50);
  });
});

describe('the ingest queue', () => {
  it.each([
    ['loses', { loss: 0.05 }, 0.05, (mail: MailTruth) => mail.state === 'lost'],
    ['misfiles', { misfile: 0.1 }, 0.1, (mail: MailTruth) => mail.copies[0]?.place === 'spam'],
    ['doubles', { duplicates: 0.2 }, 0.2, (mail: MailTruth) => mail.copies.length === 2],
    [
      'delays',
      { slow: { share: 0.3, delay: fixed(60_000) } },
      0.3,
      (mail: MailTruth) => mail.fate.slow,
    ],
  ] satisfies [string, HelpdeskPatch, number, (mail: MailTruth) => boolean][])(
    '%s the share asked for, the same for a seed',
    async (...[, patch, share, isMeant]) => {
      const [bench, twin, other] = [openQueue(patch), openQueue(patch), openQueue(patch, 2)];
      for (const one of [bench, twin, other]) {
        one.accept(1_500);
        await one.clock.advance(120_000);
      }

      const meant = (one: QueueBench): number[] =>
        one.truth.all().flatMap((mail) => (isMeant(mail) ? [mail.sequence] : []));

      expectShare(meant(bench).length, 1_500, share);
      expect(meant(twin)).toEqual(meant(bench));
      expect(meant(other)).not.toEqual(meant(bench));
    },
  );

  it('ingests after the delay, and a second time after its own', async () => {
    const bench = openQueue({ duplicates: 1, repeat: fixed(5_000) });
    bench.accept();

    await bench.clock.advance(999);
    expect(bench.ingested).toEqual([]);
    await bench.clock.advance(1);
    expect(bench.ingested).toHaveLength(1);
    await bench.clock.advance(4_999);
    expect(bench.ingested).toHaveLength(1);
    await bench.clock.advance(1);

    expect(bench.truth.all()[0]?.copies.map(({ cause }) => cause)).toEqual([
      'delivery',
      'duplicate',
    ]);
  });

  it('holds everything during an outage and lets it out in order, with gaps', async () => {
    const bench = openQueue({
      delay: { type: 'uniform', fromMs: 0, toMs: 10_000 },
      outage: true,
      drain: 100,
    });
    bench.accept(20);
    await bench.clock.advance(60_000);
    expect(bench.truth.all().every(({ state }) => state === 'held')).toBe(true);

    bench.dials.set({ helpdesk: { outage: false, delay: fixed(0) } });
    await bench.clock.advance(450);
    const soon = bench.ingested.length;
    bench.accept(); // behind those that wait
    await bench.clock.advance(60_000);

    expect(soon).toBe(5);
    expect(sequences(bench)).toEqual(Array.from({ length: 21 }, (_, index) => index + 1));
    expect(bench.truth.all().every(({ state }) => state === 'ingested')).toBe(true);
  });

  it('has bad servers, whose troubles are theirs alone', async () => {
    const bench = openQueue({
      servers: { mx8: { loss: 0.5, slow: { share: 1, delay: fixed(60_000) }, out: false } },
    });
    bench.accept(1_000, 'mx8.sandbox.test');
    bench.accept(1_000, 'mx1.sandbox.test');
    await bench.clock.advance(1_000);

    const lost = bench.truth.all().filter(({ state }) => state === 'lost');
    expectShare(lost.length, 1_000, 0.5);
    expect(lost.every(({ server }) => server === 'mx8.sandbox.test')).toBe(true);
    expect(bench.ingested).toHaveLength(1_000);
    await bench.clock.advance(60_000);
    expect(bench.ingested).toHaveLength(2_000 - lost.length);
  });

  it('queues again what was lost in a span, late, and duplicates only as asked', async () => {
    const bench = openQueue({ loss: 0.5 });
    bench.accept(200);
    await bench.clock.advance(3_600_000);
    const since = bench.clock.now();
    bench.accept(200);
    await bench.clock.advance(3_600_000);
    const until = bench.clock.now();
    bench.accept(200);
    await bench.clock.advance(60_000);
    const lost = (): number[] =>
      bench.truth.all().flatMap(({ state, sequence }) => (state === 'lost' ? [sequence] : []));
    const before = lost();

    const count = bench.queue.requeue({ since, until: until - 1, overMs: 600_000 });
    await bench.clock.advance(600_000);

    expect(count).toBe(before.filter((sequence) => sequence > 200 && sequence <= 400).length);
    expect(lost()).toEqual(before.filter((sequence) => sequence <= 200 || sequence > 400));
    const back = bench.truth.all().filter(({ copies }) => copies[0]?.cause === 'requeue');
    expect(back).toHaveLength(count);
    expect(new Set(back.map(({ copies }) => copies[0]?.at)).size).toBeGreaterThan(count / 2);
    expect(bench.truth.all().every(({ copies }) => copies.length <= 1)).toBe(true);

    const again = bench.queue.requeue({ since, until: until - 1, duplicates: 0.5 });
    await bench.clock.advance(1);
    expectShare(again, 200, 0.5);
    expect(bench.truth.all().filter(({ copies }) => copies.length === 2)).toHaveLength(again);
  });

  it('drops what waits when it is stopped', async () => {
    const bench = openQueue({});
    bench.accept(3);

    await bench.queue.stop();
    await bench.clock.advance(10_000);

    expect(bench.ingested).toEqual([]);
  });
});
