import { inspect } from 'node:util';
import { describe, expect } from 'vitest';
import type { Contract } from './bench.ts';

/** What `check` says. */
export function describeChecking(contract: Contract): void {
  const { contractCase, create } = contract;
  describe('check', () => {
    contractCase('says on one line what it found', async () => {
      const report = await create().check(new AbortController().signal);

      expect(report.summary).not.toContain('\n');
      expect(report.warnings).toEqual([]);
      for (const secret of contract.bench().secrets) expect(inspect(report)).not.toContain(secret);
    });
  });
}
