import type { LossMark } from '../../src/domain/loss/entry.ts';
import { uniform } from '../../src/base/random.ts';
import { createSeededRandom } from '../../src/base/seeded-random.ts';
import { lossFigures } from '../../src/domain/loss/figures.ts';
import type { LossModel } from '../../src/domain/loss/statistic.ts';
import { LossTrail } from '../../src/domain/loss/trail.ts';

const LATE_AFTER_MS = 600_000;
const POLICY = { lateAfterMs: LATE_AFTER_MS };
const LOST_AFTER_MS = 21_600_000;

export interface LossRun {
  readonly model: LossModel;
  readonly everyMs: number;
  /** Lost from the beginning of the trouble on; before it, the usual share. */
  readonly ratio: number;
  /** Canaries before the trouble. */
  readonly before: number;
  readonly seed: number;
}

/**
 * Canaries as the monitor would see them: accepted at their tick, there within seconds or never, overdue at their
 * deadline, folded in the order of acceptance. Answers the milliseconds from the first launch under trouble to the page.
 */
export function timeToPage({ model, everyMs, ratio, before, seed }: LossRun): number {
  const random = createSeededRandom(seed);
  const trail = new LossTrail();
  const overdue: { readonly sequence: number; readonly at: number }[] = [];
  const mark = (sequence: number, from: LossMark | undefined, to: LossMark): void => {
    const key = { at: sequence * everyMs, sequence };
    const entry = (each: LossMark) => ({ key, mark: each, lostAfterMs: LOST_AFTER_MS });
    trail.change(from === undefined ? undefined : entry(from), entry(to));
  };
  for (let sequence = 1; ; sequence += 1) {
    const now = sequence * everyMs;
    const onset = (before + 1) * everyMs;
    for (let first = overdue[0]; first !== undefined && first.at <= now; first = overdue[0]) {
      overdue.shift();
      mark(first.sequence, 'open', 'lost');
      // Only a loss makes evidence grow.
      const { level } = lossFigures(trail, model, { now: first.at, policy: POLICY });
      if (level === 'confirmed') return first.at - onset;
    }
    mark(sequence, undefined, 'open');
    const isLost = uniform(random) < (sequence > before ? ratio : model.usual);
    if (isLost) overdue.push({ sequence, at: now + LATE_AFTER_MS });
    else mark(sequence, 'open', 'arrived');
  }
}

/** Of at least one. */
export function meanAndP95(values: readonly number[]): {
  readonly mean: number;
  readonly p95: number;
} {
  const sorted = [...values].sort((a, b) => a - b);
  const mean = sorted.reduce((sum, value) => sum + value, 0) / sorted.length;
  return { mean, p95: sorted[Math.ceil(sorted.length * 0.95) - 1] ?? Number.NaN };
}
