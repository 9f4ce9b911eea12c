import type { Instant } from '../base/clock.ts';
import { firstSighting } from '../domain/canary.ts';
import {
  culpritsOf,
  isNotSending,
  isStalled,
  lagOf,
  stragglersToPage,
  type Culprit,
} from '../domain/culprit.ts';
import { counts } from '../domain/probe.ts';
import type { ObserverStatus, ProbeStatus, Readiness } from '../engine/control.ts';

export { isStalled, lagOf };

/**
 * How a probe is, in one word.
 *
 * - `ok`: mail arrives
 * - `slow`: it arrives late, waits for long, or some of it is overtaken and missing
 * - `misfiled`: it arrives where people do not look
 * - `stalled`: nothing newer than the newest arrival gets through
 * - `not_sending`: no test mail got out, so nothing is known about arrivals
 * - `blind`: nobody could look for longer than the deadline
 * - `paused`: somebody asked for silence
 * - `no_data`: nothing has arrived yet, and nothing is overdue
 */
export const STATES = [
  'ok',
  'slow',
  'misfiled',
  'stalled',
  'not_sending',
  'blind',
  'paused',
  'no_data',
] as const;
export type State = (typeof STATES)[number];

/** What a state is judged by besides the probe itself. */
export interface Scene {
  readonly now: Instant;
  /** When this process started. */
  readonly startedAt: Instant;
  /** The probe's deciding observer. */
  readonly observer: ObserverStatus | undefined;
  /** Who is to blame for its trouble; null where it has none, or nobody can tell. */
  readonly culprit: Culprit | null;
}

/** All probes at one instant. */
export interface Stage {
  readonly now: Instant;
  readonly startedAt: Instant;
  readonly probes: readonly ProbeStatus[];
  readonly observers: readonly ObserverStatus[];
  readonly readiness: Pick<Readiness, 'ready'>;
}

/** Each probe with what it is judged by. */
export function scenesOf(
  stage: Stage,
): readonly { readonly probe: ProbeStatus; readonly scene: Scene }[] {
  const { now, startedAt, probes, readiness } = stage;
  const observers = new Map(stage.observers.map((observer) => [observer.name, observer]));
  const blamed = probes.map((probe) => {
    const scene = { now, startedAt, observer: observers.get(probe.route.observer), culprit: null };
    return { probe, scene };
  });
  const named = new Map(blamed.map((one) => [one.probe.route.probe, one]));
  const culprits = culpritsOf(probes, {
    now,
    monitorFails: !readiness.ready,
    isBlind(name) {
      const one = named.get(name);
      return one !== undefined && isBlind(one.probe, one.scene);
    },
    isMisfiling(name) {
      const one = named.get(name);
      return one !== undefined && isMisfiling(one.probe);
    },
  });
  return blamed.map(({ probe, scene }) => ({
    probe,
    scene: { ...scene, culprit: culprits.get(probe.route.probe) ?? null },
  }));
}

/** A restart is not blindness (semantics C5, `for: 30s`). */
const START_GRACE_MS = 30_000;

/**
 * A stall that was proven stays one while nobody can look, as its alert does;
 * the page says both.
 */
export function stateOf(probe: ProbeStatus, scene: Scene): State {
  if (pauseOf(probe, scene.now) !== null) return 'paused';
  if (isStalled(probe)) return 'stalled';
  if (isOutOfSight(probe, scene)) return isBlind(probe, scene) ? 'blind' : 'no_data';
  if (isNotSending(probe, scene.now)) return 'not_sending';
  if (isMisfiling(probe)) return 'misfiled';
  if (isSlow(probe)) return 'slow';
  return probe.newestIngestedAt === null ? 'no_data' : 'ok';
}

/** The pause that holds now; one that is over may still be listed. */
export function pauseOf(probe: ProbeStatus, now: Instant): ProbeStatus['pause'] {
  return probe.pause !== null && now < probe.pause.until ? probe.pause : null;
}

/**
 * Semantics C5: the horizon lies further back than any waiting and looking explains. One who only hears
 * has none: there it is silence, for longer than a deadline and a launch explain (EmailMonitorPushSilent).
 */
export function isOutOfSight(probe: ProbeStatus, scene: Scene): boolean {
  if (probe.pushOnly === true) return isSilent(probe);
  const { indexLagMs = 0, lookIntervalMs = 0 } = scene.observer ?? {};
  const limitMs = probe.policy.lateAfterMs + indexLagMs + lookIntervalMs;
  return scene.now - (probe.horizon ?? probe.activatedAt) > limitMs;
}

function isSilent({
  newestAcceptedAt,
  newestIngestedAt,
  activatedAt,
  ...probe
}: ProbeStatus): boolean {
  const accepted = Math.max(newestAcceptedAt ?? activatedAt, activatedAt);
  const heard = Math.max(newestIngestedAt ?? activatedAt, activatedAt);
  return accepted - heard > probe.policy.lateAfterMs + probe.intervalMs;
}

/** A start gives the first look some time. */
function isBlind(probe: ProbeStatus, scene: Scene): boolean {
  return isOutOfSight(probe, scene) && scene.now - scene.startedAt > START_GRACE_MS;
}

/** The two newest arrivals both went where people do not look. */
function isMisfiling(probe: ProbeStatus): boolean {
  const arrivals = probe.latest
    .filter(({ kind, canary }) => counts(kind) && firstSighting(canary) !== undefined)
    .slice(0, 2);
  return (
    arrivals.length === 2 &&
    arrivals.every(({ canary }) => canary.settlement?.verdict === 'misfiled')
  );
}

/** More is lost, one here and one there, than chance explains. */
export function isLossConfirmed({ loss }: Pick<ProbeStatus, 'loss'>): boolean {
  return loss?.level === 'confirmed';
}

function isSlow(probe: ProbeStatus): boolean {
  const { lastLatency, policy } = probe;
  const least = lastLatency === null ? 0 : lastLatency.ms - lastLatency.errorMs;
  const isLosing = probe.stragglers > 0 || isLossConfirmed(probe);
  return isLosing || probe.headWaiting > 0 || least > policy.suspectAfterMs;
}

/** How a state looks, least troubling first; `unknown` is the monitor's own trouble. */
export const TONES = ['good', 'idle', 'warn', 'unknown', 'bad'] as const;
export type Tone = (typeof TONES)[number];

export function toneOf(state: State, probe: ProbeStatus): Tone {
  switch (state) {
    case 'ok':
      return 'good';
    case 'paused':
    case 'no_data':
      return 'idle';
    case 'slow':
      return probe.stragglers >= stragglersToPage(probe) || isLossConfirmed(probe) ? 'bad' : 'warn';
    case 'not_sending':
    case 'blind':
      return 'unknown';
    case 'misfiled':
    case 'stalled':
      return 'bad';
  }
}

/** The most troubling of several; `idle` for none. */
export function worstTone(tones: readonly Tone[]): Tone {
  const ranks = tones.map((tone) => TONES.indexOf(tone));
  return TONES[Math.max(...ranks)] ?? 'idle';
}
