import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { rowsOf } from './document.ts';
import { BY_RULES, CADENCES, keyOf, LINES, rowOf, SHORT } from './row.ts';

const document = await readFile(new URL('../../docs/incidents.md', import.meta.url), 'utf8');
const rows = rowsOf(document);

describe('docs/incidents.md (npm run docs:incidents writes it)', () => {
  it('has every scenario at every cadence', () => {
    expect(rows.map((row) => row.slice(0, 2))).toEqual(LINES.map(keyOf));
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

  it('has books that are what really happened, but for what the monitor does not know, or not so exactly', () => {
    for (const row of rows) {
      const [late, missing, twice, ...really] = (row[6]?.match(/\d+/g) ?? []).map(Number);
      const [reallyLate = late, reallyMissing = missing, reallyTwice = twice] = really;
      const [unknown = 0, near = 0] = really.slice(3);
      const lateUnknown = Math.abs((reallyLate ?? NaN) - (late ?? NaN) - near);
      const missingUnknown = Math.abs((reallyMissing ?? NaN) - (missing ?? NaN));
      expect([row[0], twice]).toEqual([row[0], reallyTwice]);
      expect(lateUnknown + missingUnknown).toBeLessThanOrEqual(unknown);
    }
  });

  it('has no wrong verdict and no page before an onset', () => {
    for (const row of rows) {
      expect([row[0], row[4]]).toEqual([row[0], expect.stringMatching(/^\d+ \(0\)$/)]);
      expect([row[0], row[5]]).toEqual([row[0], expect.stringMatching(/^\d+ \(0\)$/)]);
    }
  });
});
