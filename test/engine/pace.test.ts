import { describe, expect, it } from 'vitest';
import type { Instant } from '../../src/base/clock.ts';
import { apply, launchCanary, type Canary } from '../../src/domain/canary.ts';
import { deadlinesOf } from '../../src/domain/verdict.ts';
import {
  DEADLINE_MARGIN_MS,
  LONGEST_PAUSE_MS,
  pauseBeforeLook,
  type PaceView,
} from '../../src/engine/pace.ts';
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

interface Circumstances {
  readonly now: Instant;
  readonly capabilities?: Capabilities;
  readonly usualMs?: number | undefined;
}

function view(open: readonly Canary[], { now, capabilities, usualMs }: Circumstances): PaceView {
  const deadlines = open.flatMap(deadlinesOf).filter((at) => at > now - DEADLINE_MARGIN_MS);
  return {
    ...{ now, open, capabilities: capabilities ?? LOOPBACK },
    deadline: deadlines.length === 0 ? undefined : Math.min(...deadlines),
    everyMs: LONGEST_PAUSE_MS,
    usual: { of: () => usualMs, longest: () => usualMs ?? 0 },
  };
}

function pause(ageMs: number, capabilities = LOOPBACK, usualMs?: number): number {
  return pauseBeforeLook(view([accepted(START)], { now: START + ageMs, capabilities, usualMs }));
}

describe('pause before a look', () => {
  it('is a minute when nothing is in flight', () => {
    expect(pauseBeforeLook(view([], { now: START }))).toBe(LONGEST_PAUSE_MS);
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
    expect(pauseBeforeLook(view(open, { now: START + 100 }))).toBe(10);
  });
});
