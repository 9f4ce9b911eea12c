import { lossEntry } from '../domain/loss/entry.ts';
import { LossTrail } from '../domain/loss/trail.ts';
import type { Route } from '../domain/probe.ts';
import type { CanaryStep, StoredTrail, StoredTrails, TrailSeries } from './store.ts';

/** They are stored when so many events have come since, so that a start has no more to replay. */
export const EVENTS_A_CHECKPOINT = 1_000;

interface Kept {
  readonly series: TrailSeries;
  readonly trail: LossTrail;
}

/** The evidence of loss of all series, as the committed events make it. */
export class Trails {
  readonly #all = new Map<string, Kept>();
  /** Series that changed since they were stored. */
  readonly #changed = new Set<string>();
  /** Of the last event that is in what is stored. */
  #stored: number;
  #isAsked = false;

  constructor({ position, trails }: StoredTrails) {
    this.#stored = position;
    for (const { series, content } of trails) {
      this.#all.set(keyOf(series), { series, trail: new LossTrail(content) });
    }
  }

  /** Canaries of one unit of work, each once. */
  take(steps: Iterable<CanaryStep>): void {
    for (const { before, after } of steps) {
      const was = before === undefined ? undefined : lossEntry(before);
      const is = lossEntry(after);
      if (was === undefined && is === undefined) continue;
      const { series, trail } = this.#keep(after.launch.route);
      if (trail.change(was, is)) this.#changed.add(keyOf(series));
    }
  }

  of(series: TrailSeries): LossTrail | undefined {
    return this.#all.get(keyOf(series))?.trail;
  }

  /** Stored with the next commit, however little has come: their canaries may be forgotten then. */
  ask(): void {
    this.#isAsked = true;
  }

  /** What is to be stored now, when the last committed event is at `position`; undefined: nothing yet. */
  due(position: number): StoredTrails | undefined {
    const enough = this.#isAsked ? 1 : EVENTS_A_CHECKPOINT;
    if (position - this.#stored < enough) return undefined;
    const trails: StoredTrail[] = [];
    for (const key of this.#changed) {
      const kept = this.#all.get(key);
      if (kept !== undefined) trails.push({ series: kept.series, content: kept.trail.content() });
    }
    return { position, trails };
  }

  /** That is durable now; nothing was taken since. */
  stored({ position }: StoredTrails): void {
    this.#stored = position;
    this.#isAsked = false;
    this.#changed.clear();
  }

  /** Forgets those of removed probes: one that comes back begins anew. */
  retain(vantage: string, probes: readonly string[]): void {
    for (const [key, { series }] of this.#all) {
      if (series.vantage !== vantage || probes.includes(series.probe)) continue;
      this.#all.delete(key);
      this.#changed.delete(key);
    }
  }

  #keep({ probe, role, sender, vantage, path }: Route): Kept {
    const series = { probe, role, sender, vantage, path };
    const known = this.#all.get(keyOf(series));
    if (known !== undefined) return known;
    const kept = { series, trail: new LossTrail() };
    this.#all.set(keyOf(series), kept);
    return kept;
  }
}

function keyOf({ probe, role, sender, vantage, path }: TrailSeries): string {
  return JSON.stringify([probe, role, sender, vantage, path]);
}
