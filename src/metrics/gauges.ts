import type { Clock, Instant } from '../base/clock.ts';
import { jeffreys } from '../domain/loss/intervals.ts';
import type { FamilyName, StatusGauge } from './catalog.ts';
import type { Collector } from './labels.ts';
import type { MetricsSource, ObserverFigures, ProbeFigures, StageFigures } from './source.ts';

/** One number; of a split family one a label value. */
type Reading<Of> = (of: Of, now: Instant) => number | readonly number[];

/** The gauges of one kind of owner. */
export type Readings<Of> = Readonly<Partial<Record<FamilyName, Reading<Of>>>>;

const seconds = (ms: number): number => ms / 1_000;

/** An instant that is absent is said to be NaN: rules then compare to nothing. */
const instant = (at: Instant | null): number => (at === null ? Number.NaN : seconds(at));

/**
 * Never 0 (56 years ago would page falsely) and never NaN (a watcher that never worked would be
 * silent for ever): what has not happened since the activation counts as happened then.
 */
const sinceActivation = (at: Instant | null, { activatedAt }: ProbeFigures): number =>
  seconds(Math.max(at ?? activatedAt, activatedAt));

export const PROBE_GAUGES: Readonly<Record<StatusGauge<'probe'>, Reading<ProbeFigures>>> = {
  unjudged: (probe) => probe.unjudged,
  stragglers: (probe) => probe.stragglers,
  head_waiting: (probe) => probe.headWaiting,
  head_sent_timestamp_seconds: (probe) => instant(probe.headAt),
  inflight_oldest_sent_timestamp_seconds: (probe) => instant(probe.oldestInFlightAt),
  newest_ingested_sent_timestamp_seconds: (probe) => sinceActivation(probe.newestIngestedAt, probe),
  newest_accepted_timestamp_seconds: (probe) => sinceActivation(probe.newestAcceptedAt, probe),
  oldest_unserved_tick_timestamp_seconds: (probe) => instant(probe.oldestUnservedTick),
  watch_horizon_timestamp_seconds: (probe) =>
    // Where nobody can look there is none: it must not seem to be stuck.
    probe.pushOnly === true ? Number.NaN : sinceActivation(probe.horizon, probe),
  last_ingest_latency_seconds: (probe) => seconds(probe.lastLatency?.ms ?? 0),
  ingest_latency_error_seconds: (probe) => seconds(probe.lastLatency?.errorMs ?? 0),
  paused: (probe, now) => (probe.pause !== null && now < probe.pause.until ? 1 : 0),
  interval_seconds: (probe) => seconds(probe.intervalMs),
  deadline_seconds: (probe) => seconds(probe.policy.lateAfterMs),
  suspect_after_seconds: (probe) => seconds(probe.policy.suspectAfterMs),
  loss_evidence_log10: ({ loss }) => loss?.evidenceLog10 ?? Number.NaN,
  loss_ratio_bound: ({ loss }) => lossBounds(loss),
  probe_info: () => 1,
};

function lossBounds(loss: ProbeFigures['loss']): readonly number[] {
  const { lower, upper } = jeffreys(loss?.lastDay ?? { count: 0, of: 0 });
  return [lower, upper];
}

export const OBSERVER_GAUGES: Readonly<Record<StatusGauge<'observer'>, Reading<ObserverFigures>>> =
  {
    observer_index_lag_seconds: (observer) => seconds(observer.indexLagMs),
    observer_look_interval_seconds: (observer) => seconds(observer.lookIntervalMs),
    positive_control_timestamp_seconds: ({ positiveControl }) =>
      instant(positiveControl?.passedAt ?? null),
    litter: (observer) => observer.litter ?? Number.NaN,
  };

export const STAGE_GAUGES: Readonly<Record<StatusGauge<'stage'>, Reading<StageFigures>>> = {
  stage_stuck: ({ stuck }) => stuck,
};

type MonitorGauge = StatusGauge<'monitor'>;

/** Those that can be read now; what throws is told to `failed` and left out. */
export function monitorGauges(
  { source, clock }: { readonly source: MetricsSource; readonly clock: Clock },
  failed: (collector: Collector) => void,
): Readonly<Partial<Record<FamilyName, number | undefined>>> {
  const isWritable = attempt(
    () => (source.ledgerWritable() ? 1 : 0),
    () => failed('ledger'),
  );
  const thresholds = attempt(
    () => source.lossThresholds(),
    () => failed('probes'),
  );
  const reload = attempt(
    () => source.configReload(),
    () => failed('config'),
  );
  return {
    ledger_writable: isWritable,
    loss_evidence_page_threshold_log10: thresholds && Math.log10(thresholds.page),
    loss_evidence_ticket_threshold_log10: thresholds && Math.log10(thresholds.ticket),
    // The wall clock, not ours: rules compare it with the clock of Prometheus, and a step must show.
    clock_timestamp_seconds: seconds(clock.now() + clock.skewMs()),
    clock_skew_seconds: seconds(clock.skewMs()),
    config_last_reload_successful: reload && (reload.successful ? 1 : 0),
    config_last_reload_success_timestamp_seconds: reload && seconds(reload.succeededAt),
    build_info: 1,
  } satisfies Record<MonitorGauge, number | undefined>;
}

function attempt<T>(read: () => T, failed: () => void): T | undefined {
  try {
    return read();
  } catch {
    failed();
    return undefined;
  }
}
