import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import type { Run } from '../../src/simulation/run.ts';
import { rowsOf } from './document.ts';
import { PEERS } from './peers.ts';
import { BY_RULES, CADENCES, LONG, rowOf, SHORT } from './row.ts';

const document = await readFile(new URL('../../docs/incidents.md', import.meta.url), 'utf8');
const rows = rowsOf(document);

describe('docs/incidents.md (npm run docs:incidents writes it)', () => {
  it('has every scenario at every cadence', () => {
    const expected = [...LONG, ...SHORT].flatMap((name) =>
      CADENCES.map((everyMs) => [name, String(60_000 / everyMs)]),
    );

    expect(rows.map((row) => row.slice(0, 2))).toEqual(expected);
  });

  it.each(SHORT)(
    '%s at one canary a minute is as it says',
    { timeout: 120_000 },
    async (scenario) => {
      const row = await rowOf({ scenario, everyMs: CADENCES[0], rules: false });

      const written = rows.find(([name, cadence]) => name === scenario && cadence === '1');
      expect(row).toEqual(written?.map((cell, index) => (BY_RULES.includes(index) ? '' : cell)));
    },
  );

  it('has no wrong verdict and no page before an onset', () => {
    for (const row of rows) {
      expect([row[0], row[4]]).toEqual([row[0], expect.stringMatching(/^\d+ \(0\)$/)]);
      expect([row[0], row[5]]).toEqual([row[0], expect.stringMatching(/^\d+ \(0\)$/)]);
    }
  });
});

describe('how others judge', () => {
  const MINUTE = 60_000;
  const run = (minute: number, tookMinutes: number | null): Run => ({
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
    const refused: Run = { launchedMs: 7 * MINUTE, acceptedMs: null, seenMs: null };

    expect(PEERS.lastSuccess([refused], patience)).toEqual([7 * MINUTE]);
  });
});
