import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { rowsOf } from './document.ts';
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

  it('has books that are not what really happened only where nobody could know', () => {
    for (const row of rows) {
      const [account = '', really] = (row[6] ?? '').split(' (really ');
      expect([row[0], account]).toEqual([row[0], expect.stringMatching(/^\d+, \d+, \d+$/)]);
      if (really !== undefined) expect(really).toMatch(/; [1-9]\d* unknown\)$/);
    }
  });

  it('has no wrong verdict and no page before an onset', () => {
    for (const row of rows) {
      expect([row[0], row[4]]).toEqual([row[0], expect.stringMatching(/^\d+ \(0\)$/)]);
      expect([row[0], row[5]]).toEqual([row[0], expect.stringMatching(/^\d+ \(0\)$/)]);
    }
  });
});
