import type { Instant } from '../../base/clock.ts';
import { compareOrder, type OrderKey } from '../series.ts';
import type { LossEntry, LossMark } from './entry.ts';
import { withLoss } from './history.ts';
import type { Share } from './intervals.ts';
import {
  addArrived,
  addLost,
  startLoss,
  statisticOf,
  type LossModel,
  type LossState,
} from './statistic.ts';

/** One entry that is known by its place, and how many arrivals without a place are right before it. */
export interface TrailNode extends OrderKey {
  readonly mark: LossMark;
  readonly lostAfterMs: number;
  readonly before: number;
}

/** Verdicts by the hour of their order keys, since 1970. */
export interface TrailHour {
  readonly hour: number;
  readonly arrived: number;
  readonly lost: number;
}

/** When somebody looks, and for how long what was reached is held, in milliseconds. */
export interface LossView {
  readonly now: Instant;
  readonly heldMs: number;
}

/** All that a trail remembers, as it is stored. */
export interface TrailContent {
  /** What nothing changes any more: arrivals, losses after them, arrivals, losses ... */
  readonly history: readonly number[];
  /** The place where `history` ends; null while it is empty. */
  readonly historyEnd: OrderKey | null;
  readonly nodes: readonly TrailNode[];
  /** The greatest place that an arrival has lost; null while all have theirs. */
  readonly floor: OrderKey | null;
  /** Arrivals without a place after all nodes. */
  readonly after: number;
  readonly hours: readonly TrailHour[];
}

/**
 * Arrivals that keep their place. Older ones are only counted between their neighbours: exact as long as no more
 * than so many younger ones are known before something older comes up, and a minute or two it never is.
 */
const PLACED_ARRIVALS = 16;
const HOUR_MS = 3_600_000;
const HOURS = 24;

/**
 * What the canaries of one series say about loss, in the order of acceptance: losses one by one, arrivals counted. A healthy
 * probe needs some bytes for a year; changing one entry costs a search, whatever else is open; the statistic is made
 * from it when it is asked for, so that a change in the middle folds nothing again by itself.
 */
export class LossTrail {
  #history: readonly number[];
  #historyEnd: OrderKey | null;
  readonly #nodes: TrailNode[];
  #floor: OrderKey | null;
  #after: number;
  readonly #hours: Map<number, TrailHour>;
  #newestHour: number;
  #placed: number;
  #folded:
    { readonly model: LossModel; readonly history: unknown; readonly state: LossState } | undefined;

  constructor(content?: TrailContent) {
    this.#history = content?.history ?? [];
    this.#historyEnd = content?.historyEnd ?? null;
    this.#nodes = [...(content?.nodes ?? [])];
    this.#floor = content?.floor ?? null;
    this.#after = content?.after ?? 0;
    this.#hours = new Map(content?.hours.map((hour) => [hour.hour, hour]));
    this.#newestHour = Math.max(...this.#hours.keys());
    this.#placed = this.#nodes.filter(({ mark }) => mark === 'arrived').length;
  }

  content(): TrailContent {
    return {
      history: this.#history,
      historyEnd: this.#historyEnd,
      nodes: [...this.#nodes],
      floor: this.#floor,
      after: this.#after,
      hours: [...this.#hours.values()].sort((a, b) => a.hour - b.hour),
    };
  }

  /**
   * Takes what a canary says now in place of what it said before. Answers whether that changed anything: what is older
   * than the history, or was never heard of, does not.
   */
  change(before: LossEntry | undefined, after: LossEntry | undefined): boolean {
    if (before !== undefined && after !== undefined) {
      if (isSame(before, after)) return false;
      if (this.#remark(before, after)) return true;
    }
    const isNew = after !== undefined && !this.#isPast(after.key);
    if (before === undefined ? !isNew : !this.#remove(before)) return false;
    if (isNew) this.#insert(after);
    this.#compact();
    return true;
  }

  /** The statistic's components by the verdicts up to the first canary that is still waited for. */
  fold(model: LossModel, now: Instant): LossState {
    return this.#walk(model, now).state;
  }

  /**
   * The greatest value of the statistic in the last `heldMs` of acceptance. By the time that a loss has its verdict, all
   * that arrived since have theirs, and fold with it: the value right after the loss, which decides, would never be seen.
   */
  statistic(model: LossModel, { now, heldMs }: LossView): number {
    const peaks: { readonly at: Instant; readonly value: number }[] = [];
    const { state, end } = this.#walk(model, now, (at, lost) =>
      peaks.push({ at, value: statisticOf(lost) }),
    );
    let greatest = statisticOf(state);
    for (const { at, value } of peaks) if (at >= end - heldMs) greatest = Math.max(greatest, value);
    return greatest;
  }

  #walk(
    model: LossModel,
    now: Instant,
    onLoss?: (at: Instant, state: LossState) => void,
  ): { readonly state: LossState; readonly end: Instant } {
    const state = this.#foldHistory(model).slice();
    let arrived = 0;
    let end = -Infinity;
    for (const node of this.#nodes) {
      arrived += node.before;
      if (node.mark === 'open') {
        if (now >= node.at + node.lostAfterMs) continue;
        addArrived(state, arrived, model);
        return { state, end };
      }
      end = node.at;
      if (node.mark === 'arrived') {
        arrived += 1;
        continue;
      }
      addArrived(state, arrived, model);
      addLost(state, model);
      arrived = 0;
      onLoss?.(node.at, state);
    }
    addArrived(state, arrived + this.#after, model);
    return { state, end };
  }

  /** Lost of all judged in the last 24 hours, by full hours of acceptance, the present one included. */
  lastDay(now: Instant): Share {
    const first = Math.floor(now / HOUR_MS) - HOURS;
    let [count, of] = [0, 0];
    for (const { hour, arrived, lost } of this.#hours.values()) {
      if (hour <= first) continue;
      count += lost;
      of += arrived + lost;
    }
    return { count, of };
  }

  #foldHistory(model: LossModel): LossState {
    const known = this.#folded;
    if (known?.model === model && known.history === this.#history) return known.state;
    const state = startLoss(model);
    for (const [index, count] of this.#history.entries()) {
      if (index % 2 === 0) addArrived(state, count, model);
      // From some on each component is at its cap.
      else for (let lost = 0; lost < Math.min(count, 1_000); lost += 1) addLost(state, model);
    }
    this.#folded = { model, history: this.#history, state };
    return state;
  }

  #isPast(key: OrderKey): boolean {
    return this.#historyEnd !== null && compareOrder(key, this.#historyEnd) <= 0;
  }

  #insert({ key, mark, lostAfterMs }: LossEntry): void {
    const index = this.#indexOf(key);
    const next = this.#nodes[index];
    this.#count(key, mark, 1);
    if (mark === 'arrived' && this.#floor !== null && compareOrder(key, this.#floor) < 0) {
      this.#addBefore(index, 1);
      return;
    }
    // Below the floor there is no telling how many of the counted arrivals it follows: all, as if it were the newest.
    const before = next?.before ?? this.#after;
    if (next === undefined) this.#after = 0;
    else this.#nodes[index] = { ...next, before: 0 };
    this.#nodes.splice(index, 0, { ...key, mark, lostAfterMs, before });
    if (mark === 'arrived') this.#placed += 1;
  }

  /** One that keeps its place gets another mark; answers false where that is not all. */
  #remark(before: LossEntry, after: LossEntry): boolean {
    if (after.mark === 'arrived' || compareOrder(before.key, after.key) !== 0) return false;
    const index = this.#indexOf(after.key);
    const node = this.#nodes[index];
    if (node === undefined || compareOrder(node, after.key) !== 0) return false;
    if (node.mark !== before.mark) return false;
    this.#nodes[index] = { ...node, mark: after.mark };
    if (before.mark === 'arrived') this.#placed -= 1;
    this.#count(before.key, before.mark, -1);
    this.#count(after.key, after.mark, 1);
    this.#compact();
    return true;
  }

  /** Answers false for one that is not there. */
  #remove({ key, mark }: LossEntry): boolean {
    if (this.#isPast(key)) return false;
    const index = this.#indexOf(key);
    const node = this.#nodes[index];
    if (node !== undefined && compareOrder(node, key) === 0) {
      if (node.mark !== mark) return false;
      this.#nodes.splice(index, 1);
      this.#addBefore(index, node.before);
      if (mark === 'arrived') this.#placed -= 1;
    } else {
      const counted = node?.before ?? this.#after;
      if (mark !== 'arrived' || counted === 0) return false;
      this.#addBefore(index, -1);
    }
    this.#count(key, mark, -1);
    return true;
  }

  #addBefore(index: number, count: number): void {
    const node = this.#nodes[index];
    if (node === undefined) this.#after += count;
    else this.#nodes[index] = { ...node, before: node.before + count };
  }

  #compact(): void {
    while (this.#placed > PLACED_ARRIVALS) {
      const index = this.#nodes.findIndex(({ mark }) => mark === 'arrived');
      const node = this.#nodes[index];
      if (node === undefined) break;
      this.#nodes.splice(index, 1);
      this.#addBefore(index, node.before + 1);
      this.#placed -= 1;
      const { at, sequence } = node;
      if (this.#floor === null || compareOrder(node, this.#floor) > 0)
        this.#floor = { at, sequence };
    }
    let first = this.#nodes[0];
    for (; first?.mark === 'gone'; first = this.#nodes[0]) {
      this.#history = withLoss(this.#history, first.before);
      this.#historyEnd = { at: first.at, sequence: first.sequence };
      this.#nodes.shift();
    }
  }

  #count(key: OrderKey, mark: LossMark, by: number): void {
    if (mark === 'open') return;
    const hour = Math.floor(key.at / HOUR_MS);
    if (hour > this.#newestHour) {
      this.#newestHour = hour;
      for (const old of this.#hours.keys()) if (old < hour - HOURS) this.#hours.delete(old);
    }
    if (hour < this.#newestHour - HOURS) return;
    const { arrived = 0, lost = 0 } = this.#hours.get(hour) ?? {};
    this.#hours.set(
      hour,
      mark === 'arrived'
        ? { hour, arrived: arrived + by, lost }
        : { hour, arrived, lost: lost + by },
    );
  }

  /** Where a key stands, or would stand. */
  #indexOf(key: OrderKey): number {
    let [low, high] = [0, this.#nodes.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      const node = this.#nodes[middle];
      if (node !== undefined && compareOrder(node, key) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function isSame(a: LossEntry, b: LossEntry): boolean {
  return a.mark === b.mark && compareOrder(a.key, b.key) === 0;
}
