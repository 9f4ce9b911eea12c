import { describe, expect, it } from 'vitest';
import { apply, launchCanary, type Canary } from '../../src/domain/canary.ts';
import { deadlinesOf } from '../../src/domain/verdict.ts';
import { lookFor } from '../../src/engine/pace.ts';
import { planLook, type ThriftView } from '../../src/engine/thrift.ts';
import type { Capabilities } from '../../src/observers/observer.ts';
import { testLaunch } from '../support/test-launch.ts';

const START = Date.UTC(2026, 0, 5, 9, 0, 0);
const SECOND = 1_000;
const MINUTE = 60_000;
const metered = { lookEveryMs: MINUTE };
const capabilities: Capabilities = {
  minPauseMs: 3_000,
  indexLagMs: MINUTE,
  push: false,
  stampQuantumMs: 2_000,
  metered,
};

function accepted(at: number): Canary {
  return apply(launchCanary(testLaunch({ launchedAt: at - 50 })), {
    type: 'accepted',
    acceptance: { at: { low: at, high: at }, queueId: null, serverMessageId: null },
  });
}

function plan(view: Partial<ThriftView> = {}) {
  const { open = [], completedAt = START - SECOND } = view;
  const margin = lookFor(0, view.capabilities ?? capabilities);
  const ahead = open.flatMap(deadlinesOf).filter((at) => at + margin > completedAt);
  return planLook({
    deadline: ahead.length === 0 ? undefined : Math.min(...ahead),
    now: START,
    open: [],
    capabilities,
    metered,
    everyMs: 60 * SECOND,
    lookedAt: START - SECOND,
    completedAt: START - SECOND,
    endedAt: START - SECOND,
    dueAfterMs: () => 15 * SECOND,
    ...view,
  });
}

describe('the next look where looks cost', () => {
  it('is at once where there was none, and complete', () => {
    const none = { lookedAt: undefined, completedAt: undefined, endedAt: undefined };

    expect(plan(none)).toEqual({ pauseMs: 0, quick: false });
  });

  it('is a minute after the last complete one while nothing is due', () => {
    expect(plan().pauseMs).toBe(59 * SECOND);
    expect(plan({ metered: { lookEveryMs: 20 * SECOND } }).pauseMs).toBe(19 * SECOND);
  });

  it('is when a canary is usually visible', () => {
    expect(plan({ open: [accepted(START)] }).pauseMs).toBe(15 * SECOND);
  });

  it.each([
    [15, 5],
    [30, 6],
    [60, 12],
    [100, 15],
    [500, 15],
  ])('after one at an age of %d s that did not show it: %d s later', (age, gap) => {
    const now = START + age * SECOND;
    const past = { lookedAt: now, completedAt: now, endedAt: now };

    expect(plan({ now, ...past, open: [accepted(START)] }).pauseMs).toBe(gap * SECOND);
  });

  it('is never closer to the last than the budget allows', () => {
    const now = START + 15 * SECOND;
    const past = { lookedAt: now - 20 * SECOND, completedAt: now - 20 * SECOND, endedAt: now };

    expect(plan({ now, ...past, open: [accepted(START)] }).pauseMs).toBe(3 * SECOND);
  });

  it('is a tenth of a second after each deadline and the lag, and complete', () => {
    const { suspectAfterMs } = testLaunch().policy;
    const due = START + suspectAfterMs + MINUTE + 100;
    const now = due - 2 * SECOND;
    const past = { lookedAt: now - SECOND, completedAt: now - SECOND, endedAt: now - 5 * SECOND };
    const view = { now, ...past, open: [accepted(START)] };

    expect(plan(view).pauseMs).toBe(2 * SECOND);
    expect(plan({ ...view, now: due }).quick).toBe(false);
  });

  it('is quick only right after a complete one, and while no canary is suspect', () => {
    const at = (seconds: number, open: readonly Canary[] = []) =>
      plan({ completedAt: START - seconds * SECOND, open }).quick;

    expect([at(1), at(9), at(11), at(59)]).toEqual([true, true, false, false]);
    expect(at(1, [accepted(START - 181 * SECOND)])).toBe(false);
  });

  it('is once a minute for one that is overdue', () => {
    const past = { lookedAt: START, completedAt: START, endedAt: START };
    const open = [accepted(START - 3_600 * SECOND)];

    expect(plan({ ...past, open }).pauseMs).toBe(MINUTE);
  });
});
