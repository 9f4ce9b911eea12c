import { describe, expect, it } from 'vitest';
import { apply, launchCanary, type Canary } from '../../src/domain/canary.ts';
import { LONGEST_PAUSE_MS, pauseBeforeLook } from '../../src/engine/pace.ts';
import type { Capabilities } from '../../src/observers/observer.ts';
import { createFakeRandom } from '../support/fake-random.ts';
import { testLaunch } from '../support/test-launch.ts';

const START = Date.UTC(2026, 0, 5, 9, 0, 0);
const LOOPBACK: Capabilities = { minPauseMs: 10, indexLagMs: 0, push: true, stampQuantumMs: 1_000 };
const REMOTE: Capabilities = { ...LOOPBACK, minPauseMs: 1_000 };

function accepted(at: number): Canary {
  const canary = launchCanary(testLaunch({ launchedAt: at - 50, random: createFakeRandom(7) }));
  return apply(canary, {
    type: 'accepted',
    acceptance: { at: { low: at - 5, high: at }, queueId: null, serverMessageId: null },
  });
}

function pause(ageMs: number, capabilities = LOOPBACK, usualMs?: number): number {
  const open = [accepted(START)];
  return pauseBeforeLook({ now: START + ageMs, open, capabilities, usualMs: () => usualMs });
}

describe('pause before a look', () => {
  it('is a minute when nothing is in flight', () => {
    const view = { now: START, open: [], capabilities: LOOPBACK, usualMs: () => undefined };

    expect(pauseBeforeLook(view)).toBe(LONGEST_PAUSE_MS);
  });

  it.each([
    [0, 10],
    [1_999, 10],
    [3_000, 50],
    [12_000, 500],
    [60_000, 1_000],
  ])('on loopback at an age of %d ms is %d ms', (ageMs, expected) => {
    expect(pause(ageMs)).toBe(expected);
  });

  it('is never under a second on other hosts', () => {
    expect(pause(100, REMOTE)).toBe(1_000);
  });

  it('is quick again around the usual latency', () => {
    expect(pause(30_000, LOOPBACK, 30_500)).toBe(10);
  });

  it('ends a tenth of a second after the next deadline', () => {
    const suspectAfter = testLaunch().policy.suspectAfterMs;

    expect(pause(suspectAfter - 200)).toBe(300);
  });

  it('is quick from the launch on, before the mail system has answered', () => {
    const open = [launchCanary(testLaunch({ launchedAt: START }))];
    const view = { now: START + 100, open, capabilities: LOOPBACK, usualMs: () => undefined };

    expect(pauseBeforeLook(view)).toBe(10);
  });
});
