import { describe, expect, it } from 'vitest';
import { canariesAYear, lossModel, USUAL_LOSS } from '../../../src/domain/loss/statistic.ts';
import { meanAndP95, timeToPage } from '../../support/loss-run.ts';

const everyMs = 15_000;
const model = lossModel({ usual: USUAL_LOSS, canariesAYear: canariesAYear([everyMs]) });
const seeds = Array.from({ length: 60 }, (_, index) => index + 1);

// `npm run loss` does the same with 500 seeds.
describe('silent loss, a canary each 15 s, one false alarm a year', () => {
  it.each([
    [0.02, 58],
    [0.05, 20],
    [0.25, 3],
  ])(
    'of %d is a page within a quarter more than the %i min of alerting.md, and the deadline',
    (ratio, published) => {
      const times = seeds.map((seed) => timeToPage({ model, everyMs, ratio, before: 500, seed }));

      const { mean, p95 } = meanAndP95(times);

      expect(mean / 60_000).toBeLessThan(10 + 1.25 * published + 1);
      expect(mean / 60_000).toBeGreaterThan(10);
      expect(p95).toBeGreaterThan(mean);
    },
  );
});
