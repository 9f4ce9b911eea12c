import { expect, it } from 'vitest';
import { playFaults, randomFaults } from './random-faults.ts';

const HOUR = 3_600_000;

it.each([101])(
  'twelve hours of faults by chance (seed %i): no wrong verdict, no page without a reason',
  { timeout: 120_000 },
  async (seed) => {
    const { verdicts, wrong, scenario } = await playFaults(seed, 12 * HOUR);

    expect(wrong, JSON.stringify(scenario.steps)).toEqual([]);
    expect(verdicts).toBeGreaterThan(1_000);
  },
);

it('draws every kind of trouble', () => {
  const names = new Set(
    Array.from({ length: 40 }, (_, seed) => randomFaults(seed, 24 * HOUR)).flatMap(({ steps }) =>
      steps.flatMap(({ say }) => say ?? []),
    ),
  );

  expect(names.size).toBe(19);
});
