import type { Culprit } from '../../domain/culprit.ts';
import { braces, sample } from '../promql.ts';
import type { Durations } from './limits.ts';
import type { RulesInput } from './input.ts';

/** What a part of the rules is written with. */
export interface RulesContext extends RulesInput {
  readonly durations: Durations;
}

/** The labels of the series of a probe: those that aggregations keep. */
export const SERIES = 'job, vantage, probe, role, sender';

/** The clock by which a monitor dates what it sees; the wall clock may have stepped away from it. */
export const STEADY_CLOCK = `(${sample('clock_timestamp_seconds')} - ${sample('clock_skew_seconds')})`;

/** Every alert; each has a runbook of its name. */
export const ALERTS = [
  'EmailSubmissionPathStalled',
  'EmailCanarySendStalled',
  'EmailSubmissionPathLoses',
  'EmailDeliveryStalled',
  'EmailVantageStalled',
  'EmailDeliveryStragglers',
  'EmailSilentLossConfirmed',
  'EmailSilentLossSuspected',
  'EmailCanaryStraggler',
  'EmailArrivedNoTicket',
  'EmailMonitorBlind',
  'EmailMonitorBlindSoon',
  'EmailMonitorPushSilent',
  'EmailMonitorDown',
  'EmailMonitorNoTargets',
  'EmailMonitorClockSkew',
  'EmailMonitorLedgerFailing',
  'EmailDeliveryBudgetBurnFast',
  'EmailDeliveryBudgetBurnSlow',
  'EmailCanaryMisfiled',
  'EmailDeliverySlow',
  'EmailDuplicateIngestion',
  'EmailMailLoop',
  'EmailCanaryAnswered',
  'EmailMonitorReplicaDown',
  'EmailMonitorReplicaBehind',
  'EmailMonitorConfigDrift',
  'EmailMonitorConfigRejected',
  'EmailMonitorProbeVanished',
  'EmailMonitorAccountingBroken',
  'EmailMonitorFaulty',
  'EmailMonitorRestarting',
  'EmailMonitorPausedTooLong',
  'EmailCanaryLitter',
  'EmailAlertingPathFailing',
  'Watchdog',
] as const;
export type AlertName = (typeof ALERTS)[number];

/** `page`: wakes somebody; `ticket`: within working days; `info`: for dashboards; `none`: the dead man's switch. */
export type Severity = 'page' | 'ticket' | 'info' | 'none';
/** Who is told: those who run the helpdesk, or those who run mail and monitoring. */
export type Team = 'helpdesk' | 'monitoring';
export type Dashboard = 'overview' | 'probe' | 'slo' | 'loss' | 'monitor';

export interface Recording {
  readonly record: RecordName;
  readonly expr: string;
  /** Why it is there; becomes a comment of the file. */
  readonly why?: string;
}

export interface Alert {
  readonly alert: AlertName;
  readonly expr: string;
  readonly for?: string;
  readonly keepFiringFor?: string;
  readonly severity: Severity;
  readonly team: Team;
  readonly culprit?: Culprit;
  /** Further fixed labels. */
  readonly labels?: Readonly<Record<string, string>>;
  /** One line, for somebody who was asleep a moment ago. */
  readonly summary: string;
  /** What it means, and what it does not. */
  readonly description: string;
  readonly dashboard: Dashboard;
  /** The alert carries the label `probe`, so that its dashboard can be opened at that. */
  readonly ofProbe?: boolean;
  readonly why?: string;
}

export type Rule = Recording | Alert;

export interface RuleGroup {
  readonly name: string;
  readonly interval: string;
  readonly rules: readonly Rule[];
}

/** Recorded series, `level:metric:operation`. */
export const RECORDS = {
  deadline: 'probe:mailcanary_deadline_seconds:max',
  interval: 'probe:mailcanary_interval_seconds:max',
  oneDecides: 'probe:mailcanary_interval_seconds:one_decides',
  look: 'probe:mailcanary_observer_look_seconds:max',
  behind: 'instance_probe:mailcanary_behind_seconds:excess',
  horizon: 'probe:mailcanary_watch_horizon_timestamp_seconds:max',
  newest: 'probe:mailcanary_newest_ingested_sent_timestamp_seconds:max',
  lag: 'probe:mailcanary_lag_seconds:max',
  stragglers: 'probe:mailcanary_stragglers:max',
  enoughStragglers: 'probe:mailcanary_stragglers:enough',
  stuck: 'probe:mailcanary_stage_stuck:max',
  newlyStuck: 'probe:mailcanary_stage_stuck:rise',
  paused: 'probe:mailcanary_paused:active',
  stalled: 'probe:mailcanary_stalled_seconds:max',
  witness: 'probe:mailcanary_witness_lead_seconds:max',
  lossConfirmed: 'probe:mailcanary_loss_evidence_log10:page',
  lossSuspected: 'probe:mailcanary_loss_evidence_log10:ticket',
  blindFor: 'probe:mailcanary_blind_seconds:min',
  verdicts: 'probe:mailcanary_verdicts:max',
  duplicates: 'probe:mailcanary_duplicates:max',
  latency: 'probe:mailcanary_ingest_latency_seconds_bucket:max',
  judged5m: 'probe:mailcanary_judged:increase5m',
  judged30m: 'probe:mailcanary_judged:increase30m',
  judged1h: 'probe:mailcanary_judged:increase1h',
  judged6h: 'probe:mailcanary_judged:increase6h',
  judged3d: 'probe:mailcanary_judged:increase3d',
  bad5m: 'probe:mailcanary_bad:increase5m',
  bad30m: 'probe:mailcanary_bad:increase30m',
  bad1h: 'probe:mailcanary_bad:increase1h',
  bad6h: 'probe:mailcanary_bad:increase6h',
  bad3d: 'probe:mailcanary_bad:increase3d',
  overdue1h: 'probe:mailcanary_overdue:increase1h',
  overdue6h: 'probe:mailcanary_overdue:increase6h',
  misfiled20m: 'probe:mailcanary_misfiled:increase20m',
  misfiled24h: 'probe:mailcanary_misfiled:increase24h',
} as const;
export type RecordName = (typeof RECORDS)[keyof typeof RECORDS];

/** The series of alerts that fire now. */
export function firing(alert: AlertName | readonly AlertName[], severity?: Severity): string {
  return `ALERTS${braces({
    alertname: alert,
    alertstate: 'firing',
    ...(severity === undefined ? {} : { severity }),
  })}`;
}
