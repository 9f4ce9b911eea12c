import { describe, expect, it } from 'vitest';
import type { Run } from '../../src/simulation/run.ts';
import { PEERS } from './peers.ts';

describe('how others judge', () => {
  const MINUTE = 60_000;
  const run = (minute: number, tookMinutes: number | null): Run => ({
    probe: 'support',
    launchedMs: minute * MINUTE,
    acceptedMs: minute * MINUTE,
    seenMs: tookMinutes === null ? null : (minute + tookMinutes) * MINUTE,
  });
  const patience = 10 * MINUTE;

  it('one lost mail: only the last run tells', () => {
    const runs = [0, 1, 2, 3, 4, 5].map((minute) => run(minute, minute === 2 ? null : 0));

    expect(PEERS.newestAge(runs, patience)).toEqual([]);
    expect(PEERS.lastSuccess(runs, patience)).toEqual([12 * MINUTE]);
    expect(PEERS.threeRuns(runs, patience)).toEqual([]);
  });

  it('an outage: all three, once', () => {
    const runs = Array.from({ length: 40 }, (_, minute) => run(minute, minute < 5 ? 0 : null));

    expect(PEERS.newestAge(runs, patience)).toEqual([14 * MINUTE]);
    expect(PEERS.lastSuccess(runs, patience)).toEqual([15 * MINUTE]);
    expect(PEERS.threeRuns(runs, patience)).toEqual([17 * MINUTE]);
  });

  it('one that was not taken fails at once', () => {
    const refused: Run = {
      probe: 'support',
      launchedMs: 7 * MINUTE,
      acceptedMs: null,
      seenMs: null,
    };

    expect(PEERS.lastSuccess([refused], patience)).toEqual([7 * MINUTE]);
  });
});
