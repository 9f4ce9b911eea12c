import type { Cell } from './cells.ts';
import { expect } from './expected.ts';
import { SETTING } from './setting.ts';

/**
 * Few cells in which there is, for each line, every step, every fault, every span and fate of the mail, and every outcome at
 * least once: the same each time. Of two that show as much, the one that is over sooner.
 */
export function sampleOf(cells: readonly Cell[]): readonly Cell[] {
  const missing = new Set(cells.flatMap(featuresOf));
  const sooner = [...cells].sort((a, b) => lengthOf(a) - lengthOf(b));
  const chosen: Cell[] = [];
  while (missing.size > 0) {
    const counts = sooner.map((cell) => featuresOf(cell).filter((it) => missing.has(it)).length);
    const best = sooner[counts.indexOf(Math.max(...counts))];
    if (best === undefined) break;
    chosen.push(best);
    for (const feature of featuresOf(best)) missing.delete(feature);
  }
  return chosen;
}

/** How long a cell surely goes on, in milliseconds, about: to its outcome, and to the next time where that comes. */
function lengthOf(cell: Cell): number {
  const { outcome, gap } = expect(cell);
  const isSeen = outcome.every((it) => it === 'arrived' || it === 'unsent');
  const decidedAt = isSeen
    ? 0
    : outcome.includes('blind')
      ? SETTING.forgetAfter
      : SETTING.lostAfter;
  const again = cell.span === 'once' ? (gap?.[0] ?? 0) : 0;
  return Math.max(decidedAt, Math.min(again, SETTING.forgetAfter));
}

function featuresOf(cell: Cell): readonly string[] {
  const { line, stage, fault, span, mail } = cell;
  const outcomes = expect(cell).outcome;
  const own = [`step ${stage}`, `fault ${fault}`, `${span} ${mail}`, `outcome ${outcomes[0]}`];
  return own.map((feature) => `${line}: ${feature}`);
}
