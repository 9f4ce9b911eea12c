import type { Instant } from '../base/clock.ts';
import type { Reason } from '../base/errors.ts';
import type { Canary } from '../domain/canary.ts';
import type { LossFigures } from '../domain/loss/figures.ts';
import type { Kind, Policy, Route } from '../domain/probe.ts';
import type { Pause } from '../domain/schedule.ts';
import type { ControlResult } from './positive-control.ts';
import type { OneOffDeadlines } from './probe-once.ts';

/** All that pages, metrics and the API say about a probe, at one instant. */
export interface ProbeStatus {
  readonly route: Route;
  readonly to: string;
  readonly policy: Policy;
  /** Time between launches, in milliseconds. */
  readonly intervalMs: number;
  /** Since when this probe has been configured; survives restarts. */
  readonly activatedAt: Instant;
  readonly pause: Pause | null;
  readonly nextLaunchAt: Instant | null;
  /** First tick that has brought no accepted canary yet; null when all were served. */
  readonly oldestUnservedTick: Instant | null;
  /** Of the deciding observer; null where that cannot look. */
  readonly horizon: Instant | null;
  /** The deciding observer hears by pushes alone: there is no horizon, no lag and nothing overdue. */
  readonly pushOnly?: boolean;
  /** Acceptance of the oldest canary that nothing newer overtook; null when none waits. */
  readonly headAt: Instant | null;
  readonly headWaiting: number;
  readonly stragglers: number;
  /** Accepted ones past their deadline and still missing, lost ones among them until they are forgotten. */
  readonly overdue: number;
  readonly oldestInFlightAt: Instant | null;
  readonly newestIngestedAt: Instant | null;
  readonly newestAcceptedAt: Instant | null;
  readonly inFlight: number;
  readonly unjudged: number;
  /** Of the newest arrival, in milliseconds; null when there was none. */
  readonly lastLatency: { readonly ms: number; readonly errorMs: number } | null;
  /** Observers in front of the deciding one: overdue canaries that came so far and no farther. */
  readonly stages: readonly { readonly observer: string; readonly stuck: number }[];
  /** Null where only the ledger was read, without the monitor. */
  readonly loss: LossFigures | null;
  /** The latest canaries, newest first, manual ones included. */
  readonly latest: readonly CanaryGlimpse[];
}

/** A canary as lists show it. */
export interface CanaryGlimpse {
  readonly id: string;
  readonly kind: Kind;
  readonly launchedAt: Instant;
  readonly canary: Canary;
}

export interface ObserverStatus {
  readonly name: string;
  readonly type: string;
  readonly horizon: Instant | null;
  /** It hears by pushes alone and cannot look. */
  readonly pushOnly?: boolean;
  readonly indexLagMs: number;
  /** A complete look comes at least this often, in milliseconds (semantics B2). */
  readonly lookIntervalMs: number;
  /** End of the last look, whatever came of it. */
  readonly lastLookAt: Instant | null;
  /** Why looks fail at present; null when they do not. */
  readonly failure: {
    readonly reason: Reason;
    readonly message: string;
    readonly since: Instant;
  } | null;
  /** Absent where the observer has none. */
  readonly positiveControl?: PositiveControlStatus;
}

/** Whether the looks of an observer showed what they had to. */
export interface PositiveControlStatus {
  /** Null: none has passed since the start. */
  readonly passedAt: Instant | null;
  /** It failed, also after the connection was replaced. */
  readonly isBlind: boolean;
  /** The latest one; null: none was made since the start. */
  readonly last: { readonly at: Instant; readonly result: ControlResult } | null;
}

export interface Readiness {
  readonly ready: boolean;
  readonly checks: readonly {
    readonly name: string;
    readonly ok: boolean;
    readonly detail: string;
  }[];
}

/** What can be asked of, and told to, a running monitor. */
export interface Control {
  readonly vantage: string;
  readonly startedAt: Instant;
  now(): Instant;
  probes(): readonly ProbeStatus[];
  observers(): readonly ObserverStatus[];
  readiness(): Readiness;
  /**
   * A manual canary, judged by the probe's own policy unless other deadlines are given. Resolves once
   * it is durable, before the mail system answered. @throws MonitorError
   */
  launch(probe: string, deadlines?: OneOffDeadlines): Promise<Canary>;
  /** @throws MonitorError `config` for a probe that does not exist. */
  pause(
    probe: string,
    options: { readonly forMs: number; readonly reason: string },
  ): Promise<Pause>;
  /** Answers whether it was paused. */
  resume(probe: string): Promise<boolean>;
  /** Reads the configuration again; a bad one leaves the old one running. */
  reload(): Promise<ReloadResult>;
}

export type ReloadResult =
  | {
      readonly ok: true;
      readonly changed: readonly string[];
      readonly needsRestart: readonly string[];
    }
  | { readonly ok: false; readonly problems: string };
