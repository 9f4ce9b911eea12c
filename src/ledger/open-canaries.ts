import { isAccepted, isMissing, type Canary } from '../domain/canary.ts';
import { chainOf, isExpectedAt } from '../domain/stage.ts';

/**
 * Whether something may still be judged: it is missing, in doubt or unanswered
 * and not forgotten, or it is accepted and has no verdict yet. The last holds
 * even for a forgotten one, since each accepted canary gets its verdict.
 */
export function isOpen(canary: Canary): boolean {
  if (isAccepted(canary) && canary.settlement === null) return true;
  if (canary.forgottenAt !== null) return false;
  return isMissing(canary) || isUnanswered(canary) || isInDoubt(canary);
}

/**
 * Launches whose dialogue nobody is leading any more, asked at the start: the
 * process ended between the launch and the answer, so the mail may have gone out.
 */
export function interruptedLaunches(canaries: readonly Canary[]): readonly Canary[] {
  return canaries.filter(isUnanswered);
}

function isUnanswered(canary: Canary): boolean {
  return canary.acceptance === null && canary.refusal === null && canary.doubt === null;
}

function isInDoubt(canary: Canary): boolean {
  return canary.doubt !== null && canary.sightings.length === 0;
}

/** The open canaries in memory, oldest launch first. */
export class OpenCanaries {
  readonly #byId = new Map<string, Canary>();
  readonly #byObserver = new Map<string, Row>();
  #sorted: readonly Canary[] | undefined;

  constructor(canaries: Iterable<Canary>) {
    for (const canary of canaries) this.update(canary);
  }

  /** Takes over what a record has become. */
  update(canary: Canary): void {
    const { id, route } = canary.launch;
    const isStillOpen = isOpen(canary);
    if (isStillOpen) this.#byId.set(id, canary);
    else if (!this.#byId.delete(id)) return;
    for (const observer of chainOf(route)) {
      const row = this.#rowOf(observer);
      if (isStillOpen && isExpectedAt(canary, observer)) row.set(canary);
      else row.delete(id);
    }
    this.#sorted = undefined;
  }

  find(id: string): Canary | undefined {
    return this.#byId.get(id);
  }

  all(): readonly Canary[] {
    this.#sorted ??= [...this.#byId.values()].sort(byLaunch);
    return this.#sorted;
  }

  /** Those that one observer has to look for. */
  of(observer: string): readonly Canary[] {
    return this.#byObserver.get(observer)?.all() ?? [];
  }

  #rowOf(observer: string): Row {
    const known = this.#byObserver.get(observer);
    if (known !== undefined) return known;
    const row = new Row();
    this.#byObserver.set(observer, row);
    return row;
  }
}

/** Canaries that come nearly in order of launch, so that they need not be sorted each time. */
class Row {
  #byId = new Map<string, Canary>();
  #newest: Canary | undefined;
  #isOrdered = true;
  #all: readonly Canary[] | undefined;

  /** One that is known keeps its place: its launch does not change. */
  set(canary: Canary): void {
    const { id } = canary.launch;
    if (!this.#byId.has(id)) {
      if (this.#newest !== undefined && byLaunch(this.#newest, canary) > 0) this.#isOrdered = false;
      else this.#newest = canary;
    }
    this.#byId.set(id, canary);
    this.#all = undefined;
  }

  delete(id: string): void {
    this.#byId.delete(id);
    this.#all = undefined;
  }

  all(): readonly Canary[] {
    if (!this.#isOrdered) {
      const sorted = [...this.#byId.values()].sort(byLaunch);
      this.#byId = new Map(sorted.map((canary) => [canary.launch.id, canary]));
      this.#isOrdered = true;
    }
    this.#all ??= [...this.#byId.values()];
    return this.#all;
  }
}

function byLaunch({ launch: a }: Canary, { launch: b }: Canary): number {
  return a.launchedAt - b.launchedAt || a.sequence - b.sequence;
}
