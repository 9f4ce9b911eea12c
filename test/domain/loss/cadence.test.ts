import { describe, expect, it } from 'vitest';
import { planCadence, type CadencePlan } from '../../../src/domain/loss/cadence.ts';
import { POLICY } from '../samples.ts';

const plan = (changes: Partial<CadencePlan> = {}) =>
  planCadence({
    everyMs: 15_000,
    policy: POLICY,
    othersAYear: 0,
    usual: 0.000_5,
    stragglersToPage: 2,
    losses: [0.01, 0.02, 0.05],
    ...changes,
  });

describe('planning a cadence', () => {
  it('tells how soon a loss is a page: alerting.md found 135, 58 and 20 min at 15 s, and the deadline comes on top', () => {
    const minutes = plan().detections.map(({ meanMs }) => (meanMs - POLICY.lateAfterMs) / 60_000);

    for (const [index, published] of [135, 58, 20].entries()) {
      expect(minutes[index]! / published).toBeGreaterThan(0.9);
      expect(minutes[index]! / published).toBeLessThan(1.25);
    }
  });

  it.each<[string, Partial<CadencePlan>, readonly [count: number, pages: number]]>([
    ['two of 15 s', {}, [2, 41]],
    ['two of 15 s at a lower loss', { usual: 0.000_1 }, [2, 1.7]],
    ['three of 15 s', { stragglersToPage: 3 }, [3, 0.8]],
    ['two of a minute', { everyMs: 60_000 }, [2, 2.6]],
    ['one where one decides', { everyMs: 900_000 }, [1, 17.5]],
  ])('tells how many pages %s are chance', (_words, changes, [stragglers, pages]) => {
    const found = plan({ ...changes, losses: [] });

    expect(found.stragglers).toBe(stragglers);
    expect(found.chancePagesAYear / pages).toBeCloseTo(1, 1);
  });

  it('takes longer where other probes share the budget of false alarms', () => {
    const [alone] = plan({ losses: [0.02] }).detections;
    const [shared] = plan({ losses: [0.02], othersAYear: 1e9 }).detections;

    expect(shared!.meanMs).toBeGreaterThan(alone!.meanMs * 1.1);
  });

  it('answers the same to the same question', () => {
    expect(plan()).toEqual(plan());
    expect(plan().canariesADay).toBe(5_760);
  });
});
