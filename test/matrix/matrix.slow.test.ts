import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { allCells, nameOf, STAGES, type Cell } from './cells.ts';
import { staleCells } from './page.ts';
import { playAll } from './play.ts';

/**
 * Every fifth, which is every step and every fault; `npm run matrix` plays them all. A slow helpdesk only there: where a busy
 * machine needs seconds for one of the clock, timers of real sockets run out meanwhile.
 */
const SAMPLE = allCells()
  .filter((_cell, index) => index % 5 === 0)
  .filter(({ line, fault }) => line !== 'helpscout' || fault !== 'slow');

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
    expect(new Set(SAMPLE.map(({ fault }) => fault))).toEqual(
      new Set(allCells().map(({ fault }) => fault)),
    );
  });

  it('comes out as the truths say, in a sample', async () => {
    const played = await playAll(SAMPLE);

    const wrong = played.filter(({ differences }) => differences.length > 0);
    expect(wrong.map(({ cell, differences }) => [nameOf(cell), differences])).toEqual([]);
  }, 300_000);

  it('is told by its page as the truths say', async () => {
    const page = await readFile(new URL('../../docs/fault-matrix.md', import.meta.url), 'utf8');

    expect(staleCells(page).map(nameOf)).toEqual([]);
  });
});
