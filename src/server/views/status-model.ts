import type { Instant } from '../../base/clock.ts';
import type { ObserverStatus, ProbeStatus, Readiness } from '../../engine/control.ts';
import { scenesOf, stateOf, toneOf, TONES, type Scene, type State, type Tone } from '../state.ts';

/** All that the status page shows, at one instant. */
export interface StatusModel {
  readonly now: Instant;
  readonly startedAt: Instant;
  readonly vantage: string;
  readonly probes: readonly ProbeStatus[];
  readonly observers: readonly ObserverStatus[];
  readonly readiness: Readiness;
}

/** A probe with what is thought of it. */
export interface JudgedProbe {
  readonly probe: ProbeStatus;
  readonly scene: Scene;
  readonly state: State;
  readonly tone: Tone;
}

/** Most troubling first, else by name. */
export function judgeProbes(model: StatusModel): readonly JudgedProbe[] {
  return scenesOf(model)
    .map(({ probe, scene }) => {
      const state = stateOf(probe, scene);
      return { probe, scene, state, tone: toneOf(state, probe) };
    })
    .sort(
      (a, b) =>
        TONES.indexOf(b.tone) - TONES.indexOf(a.tone) ||
        (a.probe.route.probe < b.probe.route.probe ? -1 : 1),
    );
}
