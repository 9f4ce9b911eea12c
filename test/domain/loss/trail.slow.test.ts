import { describe, expect, it } from 'vitest';
import type { Canary } from '../../../src/domain/canary.ts';
import { lossEntry } from '../../../src/domain/loss/entry.ts';
import { LossTrail } from '../../../src/domain/loss/trail.ts';
import { HOUR, MINUTE, POLICY, T0, withFacts } from '../samples.ts';
import {
  arrived,
  arrivedAt,
  at,
  become,
  foldOf,
  lost,
  MODEL,
  sent,
  settled,
  stateOf,
  trailOf,
} from './support.ts';

describe('a trail', () => {
  it('waits for a canary without a verdict, and skips it when it is older than lost_after', () => {
    const trail = trailOf([arrived(0), lost(1), sent(2), lost(3)]);

    const waiting = foldOf(trail, at(30));
    const skipping = foldOf(trail, at(2) + POLICY.lostAfterMs);

    expect(waiting).toEqual(stateOf([false, true]));
    expect(skipping).toEqual(stateOf([false, true, true]));
  });

  it('shows what a loss reached for as long as it is asked to, though later arrivals fold with it', () => {
    const trail = trailOf([lost(0), ...Array.from({ length: 25 }, (_, n) => arrived(n + 1))]);
    const mean = (state: readonly number[]): number =>
      state.reduce((sum, value) => sum + value, 0) / state.length;
    const reached = mean(stateOf([true]));
    const now = at(30);

    expect(trail.statistic(MODEL, { now, heldMs: 26 * MINUTE })).toBe(reached);
    expect(trail.statistic(MODEL, { now, heldMs: 20 * MINUTE })).toBe(mean(foldOf(trail, now)));
    expect(new LossTrail().statistic(MODEL, { now, heldMs: MINUTE })).toBe(0);
  });

  it('takes a loss back when the canary arrives, wherever it stands', () => {
    const canaries = [arrived(0), lost(1), lost(2), arrived(3), lost(4)];
    const trail = trailOf(canaries);

    become(trail, canaries[2]!, sent(2, [settled('overdue', 12), arrivedAt(99)]));

    expect(foldOf(trail, at(200))).toEqual(stateOf([false, true, false, false, true]));
  });

  it('is fed in the order of acceptance, whatever becomes known first', () => {
    const trail = trailOf([arrived(5), lost(3), arrived(1), lost(2), arrived(4)]);

    expect(foldOf(trail, at(200))).toEqual(stateOf([false, true, true, false, false]));
  });

  it('does not count what it never heard of, as after an upgrade', () => {
    const trail = new LossTrail();

    become(trail, lost(1), sent(1, [settled('overdue', 11), arrivedAt(99)]));
    become(trail, sent(2), lost(2));

    expect(foldOf(trail, at(200))).toEqual(stateOf([]));
    expect(trail.content()).toEqual(new LossTrail().content());
  });

  it('needs little room for months of a healthy probe, and none for what cannot change', () => {
    const trail = new LossTrail();
    const open: Canary[] = [];
    for (let minute = 0; minute < 40_000; minute += 1) {
      const canary = sent(minute);
      trail.change(undefined, lossEntry(canary));
      if (minute % 2_000 > 0) become(trail, canary, arrived(minute));
      else open.push(become(trail, canary, lost(minute)));
      if (minute % 2_000 === 1_999) {
        const known = open.pop()!;
        become(trail, known, withFacts(known, [{ type: 'forgotten', at: at(minute) }]));
      }
    }

    expect(JSON.stringify(trail.content()).length).toBeLessThan(3_000);
    expect(foldOf(trail, at(40_001))).toEqual(
      stateOf(Array.from({ length: 40_000 }, (_, minute) => minute % 2_000 === 0)),
    );
  });

  it('is cheap in a long outage: 10,000 missing, then their arrivals, each asked about', () => {
    const minutes = Array.from({ length: 10_000 }, (_, minute) => minute);
    const trail = trailOf(minutes.map(lost));
    let folded = 0;

    for (const minute of minutes) {
      become(
        trail,
        lost(minute),
        sent(minute, [settled('overdue', minute + 10), arrivedAt(40_000)]),
      );
      // As often as Prometheus asks while a queue drains.
      if (minute % 1_000 === 0) folded += trail.fold(MODEL, at(40_000)).length;
    }

    expect(folded).toBeGreaterThan(0);
    expect(foldOf(trail, at(40_001))).toEqual(stateOf(minutes.map(() => false)));
    expect(trail.content().nodes.length).toBeLessThan(20);
  });

  it('says how many of the last 24 hours were lost, by the hours of their acceptance', () => {
    const trail = trailOf([arrived(0), lost(1), arrived(90), lost(91), lost(92)]);
    const back = lost(92);

    expect(trail.lastDay(at(100))).toEqual({ count: 3, of: 5 });
    become(trail, back, sent(92, [settled('overdue', 102), arrivedAt(130)]));
    expect(trail.lastDay(at(140))).toEqual({ count: 2, of: 5 });
    expect(trail.lastDay(T0 + 24 * HOUR)).toEqual({ count: 1, of: 3 });
    expect(trail.lastDay(T0 + 25 * HOUR + 30 * MINUTE)).toEqual({ count: 0, of: 0 });
  });

  it('goes on from what was stored as if nothing had happened', () => {
    const before = [...Array(40).keys()].map((minute) =>
      minute % 7 === 3 ? lost(minute) : arrived(minute),
    );
    const [whole, first] = [trailOf(before), trailOf(before)];

    const stored: unknown = JSON.parse(JSON.stringify(first.content()));
    const second = new LossTrail(stored as ReturnType<LossTrail['content']>);
    for (const trail of [whole, second]) {
      become(trail, before[3]!, sent(3, [settled('overdue', 13), arrivedAt(60)]));
      trail.change(undefined, lossEntry(lost(50)));
    }

    expect(second.content()).toEqual(whole.content());
    expect(foldOf(second, at(99))).toEqual(foldOf(whole, at(99)));
    expect(second.lastDay(at(99))).toEqual(whole.lastDay(at(99)));
  });
});
