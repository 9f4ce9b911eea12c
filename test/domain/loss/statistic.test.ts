import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  addArrived,
  addLost,
  canariesAYear,
  lossModel,
  SOUGHT,
  startLoss,
  statisticOf,
  USUAL_LOSS,
} from '../../../src/domain/loss/statistic.ts';
import { divergence, leadingTerm, runLengths } from '../../../src/domain/loss/run-length.ts';
import { createFakeRandom } from '../../support/fake-random.ts';

const random = createFakeRandom(7);
const EVERY_15_S = canariesAYear([15_000]);
const MODEL = lossModel({ usual: USUAL_LOSS, canariesAYear: EVERY_15_S });

describe('the mixture Shiryaev-Roberts statistic', () => {
  it('is what its definition says, canary by canary', () => {
    const lost = [false, false, true, false, true, true, false];
    const model = lossModel({ usual: USUAL_LOSS, canariesAYear: 1e9 });
    const state = startLoss(model);
    for (const one of lost) {
      if (one) addLost(state, model);
      else addArrived(state, 1, model);
    }

    // In logarithms, each component by itself: R <- (1 + R) p1/p0 or (1 + R) (1 - p1)/(1 - p0).
    const components = SOUGHT.map((ratio) =>
      lost.reduce(
        (log, one) =>
          Math.log1p(Math.exp(log)) +
          Math.log(one ? ratio / USUAL_LOSS : (1 - ratio) / (1 - USUAL_LOSS)),
        -Infinity,
      ),
    );
    const mean = components.reduce((sum, log) => sum + Math.exp(log), 0) / components.length;
    expect(statisticOf(state) / mean).toBeCloseTo(1, 12);
  });

  it('takes many arrivals at once as it takes them one by one', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 4 }),
        fc.integer({ min: 0, max: 3_000 }),
        (lost, count) => {
          const [atOnce, singly] = [startLoss(MODEL), startLoss(MODEL)];
          for (let n = 0; n < lost; n += 1) for (const one of [atOnce, singly]) addLost(one, MODEL);
          addArrived(atOnce, count, MODEL);
          for (let n = 0; n < count; n += 1) addArrived(singly, 1, MODEL);

          expect(statisticOf(atOnce) / statisticOf(singly) || 1).toBeCloseTo(1, 9);
        },
      ),
      { numRuns: 50 },
    );
  });

  it('has each component capped at twice the threshold of a page, so that it falls soon after', () => {
    const state = startLoss(MODEL);
    for (let count = 0; count < 30_000; count += 1) addLost(state, MODEL);

    expect([...state]).toEqual(SOUGHT.map(() => 2 * MODEL.page));
    addArrived(state, 30, MODEL);
    expect(statisticOf(state)).toBeLessThan(MODEL.page);
  });

  it('is reached by no number of arrivals alone, however little is sent', () => {
    for (const intervalMs of [15_000, 3_600_000, 86_400_000, Infinity]) {
      const model = lossModel({ usual: USUAL_LOSS, canariesAYear: canariesAYear([intervalMs]) });
      const state = startLoss(model);
      addArrived(state, 1_000_000, model);

      expect(statisticOf(state)).toBeLessThan(model.ticket);
      expect(model.ticket).toBeLessThanOrEqual(model.page);
    }
  });

  it('has its thresholds from all probes together: a year of canaries, and 30 days', () => {
    const { page, ticket } = lossModel({
      usual: USUAL_LOSS,
      canariesAYear: canariesAYear([15_000, 60_000, 60_000]),
    });

    expect(page).toBeCloseTo(1.5 * EVERY_15_S, 3);
    expect(page / ticket).toBeCloseTo(365.25 / 30, 9);
    // alerting.md section 3: 2.1e6 and 1.73e5 at 15 s.
    expect(Math.log10(MODEL.page)).toBeCloseTo(6.32, 2);
    expect(Math.log10(MODEL.ticket)).toBeCloseTo(5.24, 2);
  });

  it('looks only for ratios that are at least twice the usual one', () => {
    const model = lossModel({ usual: 0.02, canariesAYear: EVERY_15_S });

    expect(model.factors).toHaveLength(2);
    expect(model.factors.every(({ lost, arrived }) => lost >= 2 && arrived < 1)).toBe(true);
  });
});

describe('run lengths', () => {
  // Of the uncapped statistic, at 15 s, canaries to the alarm; the cap costs up to an eighth.
  const published: readonly [usual: number, ratio: number, mean: number][] = [
    [0.000_1, 0.01, 325],
    [0.000_1, 0.02, 152],
    [0.000_1, 0.05, 56],
    [0.000_5, 0.01, 538],
    [0.000_5, 0.02, 230],
    [0.000_5, 0.05, 78],
    [0.001, 0.01, 769],
    [0.001, 0.02, 297],
    [0.001, 0.05, 94],
  ];

  it.each(published)(
    'of a usual ratio of %d and a loss of %d are within a quarter of the %i that were found without a cap',
    (usual, ratio, mean) => {
      const model = lossModel({ usual, canariesAYear: EVERY_15_S });
      const found = runLengths({ model, threshold: model.page, ratio, runs: 1_500, random });

      expect(found.mean).toBeLessThan(1.25 * mean);
      expect(found.mean).toBeGreaterThan(0.9 * mean);
      expect(found.mean / leadingTerm(model.page, ratio, usual)).toBeCloseTo(0.9, 0);
      expect(found.p95).toBeGreaterThan(found.mean);
    },
  );

  it('to a false alarm are on the average no shorter than the threshold', () => {
    // So small a threshold that a thousand false alarms are soon there.
    const model = lossModel({ usual: USUAL_LOSS, canariesAYear: 20_000 });
    const { page: threshold } = model;

    const { mean, error } = runLengths({
      model,
      threshold,
      ratio: USUAL_LOSS,
      runs: 1_000,
      random,
    });

    expect(mean).toBeGreaterThan(threshold - 3 * error);
    expect(mean).toBeLessThan(6 * threshold);
  });

  it('have a bound by what a canary tells', () => {
    // 0.02 ln 40 + 0.98 ln(0.98 / 0.9995)
    expect(divergence(0.02, 0.000_5)).toBeCloseTo(0.054_469, 5);
    expect(divergence(0.000_5, 0.000_5)).toBe(0);
    expect(divergence(1, 0.000_5)).toBeCloseTo(Math.log(2_000), 12);
  });
});
