import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { allCells, nameOf, STAGES, type Cell } from './cells.ts';
import { BREAKAGES, playBroken } from './breakage.ts';
import { staleCells } from './page.ts';
import { playAll } from './play.ts';
import { sampleOf } from './sample.ts';

// Playing all of them takes minutes of real sockets: `npm run matrix`, and `npm run docs:faults` for the page.

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

describe.concurrent('a sample of it', { timeout: 300_000 }, () => {
  it('has each step, fault and outcome of each line, and is as the truths say', async () => {
    const sample = sampleOf(allCells());
    const featuresOf = ({ line, stage, fault }: Cell) => [`${line} ${stage}`, `${line} ${fault}`];

    const played = await playAll(sample);

    const wrong = played.filter(({ differences }) => differences.length > 0);
    expect(wrong.map(({ cell, differences }) => [nameOf(cell), ...differences])).toEqual([]);
    expect(sample.length).toBeLessThanOrEqual(60);
    expect(new Set(sample.flatMap(featuresOf))).toEqual(new Set(allCells().flatMap(featuresOf)));
  });

  it('turns red when the product takes in doubt for unsent', async () => {
    const [inDoubt] = BREAKAGES;

    const { lines, isRun } = await playBroken(inDoubt!, ['smtp final reset delivered']);

    expect(isRun).toBe(true);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain('in_doubt_total 0');
  });
});
