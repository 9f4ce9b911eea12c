import { launchCanary, type Canary, type Fact } from '../../../src/domain/canary.ts';
import { lossEntry } from '../../../src/domain/loss/entry.ts';
import { addArrived, addLost, lossModel, startLoss } from '../../../src/domain/loss/statistic.ts';
import { LossTrail } from '../../../src/domain/loss/trail.ts';
import { accepted, aLaunch, MINUTE, SECOND, sighted, span, T0, withFacts } from '../samples.ts';

export const MODEL = lossModel({ usual: 0.000_5, canariesAYear: 525_960 });

/** A canary a minute. */
export const at = (minute: number): number => T0 + minute * MINUTE;

export function sent(minute: number, facts: readonly Fact[] = []): Canary {
  const launch = aLaunch({ id: `c${minute}`, sequence: minute + 1, launchedAt: at(minute) });
  return withFacts(launchCanary(launch), [accepted(span(at(minute))), ...facts]);
}

export const settled = (
  verdict: 'on_time' | 'overdue' | 'void' | 'misfiled',
  minute: number,
): Fact => ({
  type: 'settled',
  settlement: { verdict, at: at(minute), horizon: null },
});
export const arrivedAt = (minute: number): Fact => sighted(span(at(minute), at(minute) + SECOND));
export const arrived = (minute: number): Canary =>
  sent(minute, [arrivedAt(minute), settled('on_time', minute)]);
export const lost = (minute: number): Canary => sent(minute, [settled('overdue', minute + 10)]);

/** Folded from scratch, in the order of acceptance. */
export function trailOf(canaries: Iterable<Canary>): LossTrail {
  const trail = new LossTrail();
  for (const canary of canaries) trail.change(undefined, lossEntry(canary));
  return trail;
}

export function become(trail: LossTrail, before: Canary, after: Canary): Canary {
  trail.change(lossEntry(before), lossEntry(after));
  return after;
}

/** Of losses (true) and arrivals in this order. */
export function stateOf(lostOnes: readonly boolean[]): readonly number[] {
  const state = startLoss(MODEL);
  let count = 0;
  for (const one of lostOnes) {
    if (!one) {
      count += 1;
      continue;
    }
    addArrived(state, count, MODEL);
    addLost(state, MODEL);
    count = 0;
  }
  addArrived(state, count, MODEL);
  return [...state];
}

export const foldOf = (trail: LossTrail, now: number): readonly number[] => [
  ...trail.fold(MODEL, now),
];
