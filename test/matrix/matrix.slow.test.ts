import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { allCells, nameOf, STAGES, type Cell } from './cells.ts';
import { staleCells } from './page.ts';

// Playing them takes minutes of real sockets: `npm run matrix`, and `npm run docs:faults` for the page.

describe('the fault matrix', () => {
  it('has its cells once each, at every step', () => {
    const names = allCells().map(nameOf);

    expect(new Set(names).size).toBe(names.length);
    expect(names.length).toBeGreaterThanOrEqual(200);
    const stepOf = ({ line, stage }: Cell): string => `${line} ${stage}`;
    const steps = Object.entries(STAGES).flatMap(([line, stages]) =>
      stages.map((stage) => `${line} ${stage}`),
    );
    expect(new Set(allCells().map(stepOf))).toEqual(new Set(steps));
  });

  it('is told by its page as the truths say', async () => {
    const page = await readFile(new URL('../../docs/fault-matrix.md', import.meta.url), 'utf8');

    expect(staleCells(page).map(nameOf)).toEqual([]);
  });
});
