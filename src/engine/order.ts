import type { HeaderProfile } from '../domain/message.ts';
import type { Kind, Policy, Route } from '../domain/probe.ts';
import type { Instant } from '../base/clock.ts';

/** All that is needed to launch canaries of one probe through one path. */
export interface Order {
  readonly route: Route;
  readonly from: string;
  readonly to: string;
  readonly profile: HeaderProfile;
  readonly policy: Policy;
  /** How long a 4xx is tried again before the canary counts as unsent, in milliseconds. */
  readonly launchWindowMs: number;
}

/** One launch of an order. */
export interface Occasion {
  readonly kind: Kind;
  /** The tick that it serves; null for manual ones. */
  readonly scheduledAt: Instant | null;
}
