import { REASONS } from '../../base/errors.ts';
import { OUTCOMES, VERDICTS } from '../../domain/canary.ts';
import { PLACES } from '../../domain/sighting.ts';
import type { Family } from '../family.ts';
import { LATENCY_BUCKETS } from '../labels.ts';

/**
 * What is known about canaries and how their probes stand.
 *
 * Series of one probe by default (at most 70, semantics E1): counters 14, arrivals 6, canaries 7,
 * latency 25, gauges 16 = 68, which leaves two for boost and overtaking. To fit, thresholds of loss
 * are the monitor's (the budget of false alarms is of the installation), its bounds are off by default,
 * what belongs to an observer (delay of observation, contradictions) or to a sender (reasons of
 * what was not sent; a probe's own number is `canaries{outcome="unsent"}`) has only that label,
 * and the age of the oldest canary in flight, which no rule asks for, is off by default.
 */
export const CANARY_METRICS = {
  // ---- canaries: what the ledger knows
  launched: { type: 'counter', per: 'probe', from: 'ledger', help: 'Canaries launched.' },
  accepted: {
    type: 'counter',
    per: 'probe',
    from: 'ledger',
    help: 'Canaries that the mail system is known to have: answered by 250, or sighted.',
  },
  in_doubt: {
    type: 'counter',
    per: 'probe',
    from: 'ledger',
    help: 'Sends whose outcome is unknown: the last byte left and no answer came.',
  },
  unsent: {
    type: 'counter',
    per: 'sender',
    from: 'ledger',
    split: { label: 'reason', values: REASONS },
    help: 'Canaries that the mail system surely refused.',
  },
  arrivals: {
    type: 'counter',
    per: 'probe',
    from: 'ledger',
    split: { label: 'place', values: PLACES },
    help: 'Where arrived canaries were first seen.',
  },
  verdicts: {
    type: 'counter',
    per: 'probe',
    from: 'ledger',
    split: { label: 'verdict', values: VERDICTS },
    help: 'Canaries judged at the deadline; each accepted canary exactly once.',
  },
  verdict_contradictions: {
    type: 'counter',
    per: 'observer',
    from: 'ledger',
    help: 'Later facts that would have given another verdict.',
  },
  latency_unknown: {
    type: 'counter',
    per: 'probe',
    from: 'ledger',
    help: 'Arrivals whose latency interval was too wide to observe.',
  },
  suspects: {
    type: 'counter',
    per: 'probe',
    from: 'ledger',
    help: 'Canaries still missing at the suspect age; an early sign, they may still be on time.',
  },
  lost: {
    type: 'counter',
    per: 'probe',
    from: 'ledger',
    help: 'Canaries written off after lost_after.',
  },
  late_recoveries: {
    type: 'counter',
    per: 'probe',
    from: 'ledger',
    split: { label: 'after', values: ['overdue', 'misfiled', 'lost'] },
    help: 'Canaries ingested after they were overdue, misfiled or written off.',
  },
  duplicates: {
    type: 'counter',
    per: 'probe',
    from: 'ledger',
    help: 'Further ingested copies of a canary.',
  },
  canaries: {
    type: 'gauge',
    per: 'probe',
    from: 'ledger',
    split: { label: 'outcome', values: OUTCOMES },
    help: 'Launched canaries by outcome; they add up to launched_total.',
  },
  ingest_latency_seconds: {
    type: 'histogram',
    per: 'probe',
    from: 'ledger',
    buckets: LATENCY_BUCKETS,
    exemplar: 'canary_id',
    help: 'Time from the acceptance by the relay to the ingestion, of canaries that arrived.',
  },
  // ---- probes: how things stand
  unjudged: {
    type: 'gauge',
    per: 'probe',
    from: 'status',
    help: 'Canaries accepted and without a verdict yet.',
  },
  stragglers: {
    type: 'gauge',
    per: 'probe',
    from: 'status',
    help: 'Missing canaries older than the newest arrival whose deadline passed not long ago, by the horizon.',
  },
  head_waiting: {
    type: 'gauge',
    per: 'probe',
    from: 'status',
    help: 'Missing canaries at or after the head that are older than suspect_after, by the horizon.',
  },
  head_sent_timestamp_seconds: {
    type: 'gauge',
    per: 'probe',
    from: 'status',
    help: 'Acceptance of the oldest canary newer than the newest ingested one; NaN when none waits.',
  },
  inflight_oldest_sent_timestamp_seconds: {
    type: 'gauge',
    per: 'probe',
    from: 'status',
    byDefault: false,
    help: 'Acceptance of the oldest canary in flight; NaN when there is none.',
  },
  newest_ingested_sent_timestamp_seconds: {
    type: 'gauge',
    per: 'probe',
    from: 'status',
    help: 'Acceptance of the newest ingested canary; starts at the activation of the probe.',
  },
  newest_accepted_timestamp_seconds: {
    type: 'gauge',
    per: 'probe',
    from: 'status',
    help: 'When the relay last accepted a canary; starts at the activation of the probe.',
  },
  oldest_unserved_tick_timestamp_seconds: {
    type: 'gauge',
    per: 'probe',
    from: 'status',
    help: 'First scheduled launch since the last accepted canary; NaN when none is due.',
  },
  watch_horizon_timestamp_seconds: {
    type: 'gauge',
    per: 'probe',
    from: 'status',
    help: 'Everything ingested up to here has been seen; starts at the activation, never goes back. NaN where the observer only hears and cannot look.',
  },
  last_ingest_latency_seconds: {
    type: 'gauge',
    per: 'probe',
    from: 'status',
    help: 'Latency of the newest ingested canary; 0 before the first.',
  },
  ingest_latency_error_seconds: {
    type: 'gauge',
    per: 'probe',
    from: 'status',
    help: 'Half-width of the interval in which the last latency lies.',
  },
  paused: {
    type: 'gauge',
    per: 'probe',
    from: 'status',
    help: 'Whether the launches are paused.',
  },
  interval_seconds: {
    type: 'gauge',
    per: 'probe',
    from: 'status',
    help: 'Time between launches; of a cron expression, the present one.',
  },
  deadline_seconds: {
    type: 'gauge',
    per: 'probe',
    from: 'status',
    help: 'Configured late_after.',
  },
  suspect_after_seconds: {
    type: 'gauge',
    per: 'probe',
    from: 'status',
    help: 'Configured suspect_after.',
  },
  loss_evidence_log10: {
    type: 'gauge',
    per: 'probe',
    from: 'status',
    help: 'Evidence that more is lost than usual: log10 of the mixture Shiryaev-Roberts statistic of verdicts.',
  },
  loss_ratio_bound: {
    type: 'gauge',
    per: 'probe',
    from: 'status',
    byDefault: false,
    split: { label: 'bound', values: ['lower', 'upper'] },
    fixed: { window: '24h' },
    help: 'Between these the share of lost canaries lies: Jeffreys interval of 95 % for what is overdue and missing.',
  },
  probe_info: {
    type: 'gauge',
    per: 'probe',
    from: 'status',
    info: ['observer', 'helpdesk', 'transport'],
    help: 'Configured probes: the deciding observer with its type, and the type of the sender.',
  },
} as const satisfies Readonly<Record<string, Family>>;
