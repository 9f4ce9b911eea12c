import type { Family } from '../family.ts';
import {
  ATTEMPT_RESULTS,
  COLLECTORS,
  LEDGER_OPERATIONS,
  LOOPS,
  POLL_RESULTS,
  UNMATCHED_REASONS,
} from '../labels.ts';

/** How senders, observers and the monitor itself work. */
export const MONITOR_METRICS = {
  // ---- senders
  send_attempts: {
    type: 'counter',
    per: 'sender',
    from: 'run',
    split: { label: 'result', values: ATTEMPT_RESULTS },
    help: 'SMTP dialogues by the answer of the relay: 2xx, 5xx, 4xx, none.',
  },
  submit_duration_seconds: {
    type: 'histogram',
    per: 'sender',
    from: 'run',
    buckets: [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
    help: 'Time of the SMTP dialogue to the final answer.',
  },
  // ---- observers
  watch_polls: {
    type: 'counter',
    per: 'observer',
    from: 'run',
    split: { label: 'result', values: POLL_RESULTS },
    help: 'Looks at the places of arrival by outcome.',
  },
  poll_duration_seconds: {
    type: 'histogram',
    per: 'observer',
    from: 'run',
    buckets: [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
    help: 'Time of one complete look.',
  },
  observation_delay_seconds: {
    type: 'histogram',
    per: 'observer',
    from: 'run',
    buckets: [1, 2.5, 5, 10, 30, 60, 300, 1_800],
    help: 'Time from the ingestion to the look that saw it.',
  },
  observer_requests: {
    type: 'counter',
    per: 'observer',
    from: 'run',
    split: { label: 'result', values: ['ok', 'error'] },
    help: 'Requests or IMAP commands made by looks that were complete (ok), or not (error).',
  },
  unmatched: {
    type: 'counter',
    per: 'observer',
    from: 'run',
    split: { label: 'reason', values: UNMATCHED_REASONS },
    help: 'Ingested items that carry a canary mark but match nothing sent.',
  },
  clock_conflicts: {
    type: 'counter',
    per: 'observer',
    from: 'run',
    help: 'Timestamps of the observed system that contradict what the looks saw; the looks stand.',
  },
  cleanup_failures: {
    type: 'counter',
    per: 'observer',
    from: 'run',
    help: 'Canary mails or tickets that could not be closed or deleted.',
  },
  litter: {
    type: 'gauge',
    per: 'observer',
    from: 'status',
    help: 'Copies of canaries that are due to be closed or deleted and still lie there; 0 where they are kept.',
  },
  observer_index_lag_seconds: {
    type: 'gauge',
    per: 'observer',
    from: 'status',
    help: 'How far the source may lag behind itself; the horizon is set back by it.',
  },
  observer_look_interval_seconds: {
    type: 'gauge',
    per: 'observer',
    from: 'status',
    help: 'Longest time between complete looks while all is well.',
  },
  // ---- the monitor itself
  ledger_writable: {
    type: 'gauge',
    per: 'monitor',
    from: 'status',
    help: 'Whether the last probe write of the ledger succeeded.',
  },
  ledger_errors: {
    type: 'counter',
    per: 'monitor',
    from: 'run',
    split: { label: 'op', values: LEDGER_OPERATIONS },
    help: 'Failed ledger operations.',
  },
  loop_crashes: {
    type: 'counter',
    per: 'monitor',
    from: 'run',
    split: { label: 'loop', values: LOOPS },
    help: 'Loops that failed by a fault of the monitor and were started again.',
  },
  heartbeats: {
    type: 'counter',
    per: 'monitor',
    from: 'run',
    split: { label: 'result', values: ['ok', 'error'] },
    help: 'Pings to the service outside that calls when they stop; none while the monitor is not well.',
  },
  collect_errors: {
    type: 'counter',
    per: 'monitor',
    from: 'run',
    split: { label: 'collector', values: COLLECTORS },
    help: 'Metric collectors that failed and were left out of a scrape.',
  },
  loss_evidence_page_threshold_log10: {
    type: 'gauge',
    per: 'monitor',
    from: 'status',
    help: 'From here on evidence of loss is a page: log10 of the canaries of all probes in a year, one false alarm.',
  },
  loss_evidence_ticket_threshold_log10: {
    type: 'gauge',
    per: 'monitor',
    from: 'status',
    help: 'From here on evidence of loss is a ticket: log10 of the canaries of all probes in 30 days.',
  },
  clock_timestamp_seconds: {
    type: 'gauge',
    per: 'monitor',
    from: 'status',
    help: 'Wall clock of the monitor at the scrape.',
  },
  clock_skew_seconds: {
    type: 'gauge',
    per: 'monitor',
    from: 'status',
    help: 'Wall clock of the monitor minus the steady clock by which it dates and judges.',
  },
  config_last_reload_successful: {
    type: 'gauge',
    per: 'monitor',
    from: 'status',
    help: 'Whether the last reading of the configuration succeeded.',
  },
  config_last_reload_success_timestamp_seconds: {
    type: 'gauge',
    per: 'monitor',
    from: 'status',
    help: 'When the configuration was last read successfully.',
  },
  build_info: {
    type: 'gauge',
    per: 'monitor',
    from: 'status',
    info: ['version', 'revision', 'node'],
    help: 'Build.',
  },
} as const satisfies Readonly<Record<string, Family>>;
