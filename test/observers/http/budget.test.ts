import { describe, expect, it } from 'vitest';
import { MonitorError } from '../../../src/base/errors.ts';
import { createBudget, type Budget } from '../../../src/observers/http/budget.ts';
import { createFakeClock } from '../../support/fake-clock.ts';

function open(perMinute: number) {
  const clock = createFakeClock();
  const budget = createBudget({ clock, perMinute, what: 'api.example.com' });
  return { clock, budget };
}

function refusal(budget: Budget, cost = 1): MonitorError | undefined {
  try {
    budget.spend(cost);
    return undefined;
  } catch (error) {
    if (error instanceof MonitorError) return error;
    throw error;
  }
}

describe('the budget of requests', () => {
  it('is never exceeded in any minute, also not after a pause', async () => {
    const { clock, budget } = open(6);
    const spent: number[] = [];
    await clock.advance(600_000);
    for (let second = 0; second < 300; second += 1) {
      if (refusal(budget) === undefined) spent.push(clock.now());
      await clock.advance(1_000);
    }

    for (const at of spent) {
      const inWindow = spent.filter((other) => other > at - 60_500 && other <= at);
      expect(inWindow.length).toBeLessThanOrEqual(6);
    }
    expect(spent).toHaveLength(30);
  });

  it('says when the next request fits', async () => {
    const { clock, budget } = open(2);
    budget.spend(1);
    await clock.advance(10_000);
    budget.spend(1);
    await clock.advance(10_000);

    const early = refusal(budget);

    expect(early).toMatchObject({ reason: 'rate-limited', retryable: true, retryAfterMs: 40_500 });
    expect(refusal(budget, 2)?.retryAfterMs).toBe(50_500);
    await clock.advance(40_500);
    expect(refusal(budget)).toBeUndefined();
  });

  it('counts a write for what it costs', () => {
    const { budget } = open(3);
    budget.spend(2);

    expect(budget.remaining()).toBe(1);
    expect(refusal(budget, 2)).toBeDefined();
    expect(refusal(budget, 1)).toBeUndefined();
  });

  it('asks nothing while the service does not want to be asked', async () => {
    const { clock, budget } = open(100);
    budget.heard({ retryAfterMs: 17_000 });

    expect(refusal(budget)?.retryAfterMs).toBe(17_000);
    expect(budget.remaining()).toBe(0);
    await clock.advance(16_999);
    expect(refusal(budget)).toBeDefined();
    await clock.advance(1);
    expect(refusal(budget)).toBeUndefined();
  });

  it('asks no more than what the service has left, for a minute', async () => {
    const { clock, budget } = open(100);
    budget.heard({ remaining: 2 });
    budget.spend(1);

    expect(budget.remaining()).toBe(1);
    expect(refusal(budget, 2)?.retryAfterMs).toBe(60_000);
    budget.spend(1);
    expect(refusal(budget)).toBeDefined();
    await clock.advance(60_000);
    expect(refusal(budget)).toBeUndefined();
    expect(budget.lastSaid()).toBe(2);
  });
});
