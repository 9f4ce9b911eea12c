import { STRAGGLERS } from '../../domain/culprit.ts';
import type { Role } from '../../domain/probe.ts';

/** What of a configuration the rules depend on; all else they join from exported metrics. */
export interface RulesInput {
  /** The name under which Prometheus scrapes the monitor. */
  readonly job: string;
  /** How often it does, in milliseconds; the rules that page are evaluated as often. */
  readonly scrapeIntervalMs: number;
  /** Share of canaries that must be on time, more than 0 and less than 1. */
  readonly objective: number;
  /** So many canaries past their deadline while others arrive are a page. */
  readonly stragglersToPage: number;
  /** Where runbooks and dashboards are, without a slash at the end. */
  readonly runbooks: string;
  readonly dashboards: string;
  /** Where a browser reaches the status page, without a slash at the end; undefined: nobody said. */
  readonly statusPage?: string | undefined;
  readonly probes: readonly RulesProbe[];
}

export interface RulesProbe {
  readonly name: string;
  readonly role: Role;
  readonly lateAfterMs: number;
  /** It has observers in front of the deciding one. */
  readonly isChain?: boolean;
}

/** For one who has not configured anything: the defaults of the configuration. */
export const DEFAULT_INPUT: RulesInput = {
  job: 'mailcanary',
  scrapeIntervalMs: 5_000,
  objective: 0.999,
  stragglersToPage: STRAGGLERS,
  runbooks: 'dashboards/runbooks',
  dashboards: '/d',
  probes: [{ name: 'support', role: 'target', lateAfterMs: 600_000 }],
};
