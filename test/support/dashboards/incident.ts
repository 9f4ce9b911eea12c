import type { DashboardScene } from './scene.ts';

/** When what happened, in seconds since the epoch. */
export interface Incident {
  readonly start: number;
  readonly end: number;
}

const TARGET = '{role="target"}';

/** Waits until all is well: both probes have arrivals and the rules know it. */
export async function whenWell({ prometheus }: DashboardScene): Promise<void> {
  await prometheus.until(
    'count(mailcanary_verdicts_total{verdict="on_time"} > 1)',
    ([it]) => it?.value === 2,
  );
  await prometheus.until('probe:mailcanary_judged:increase5m > 0', ({ length }) => length >= 2);
}

/**
 * Everything that can go wrong: copies, spam and lost mail at once; then refused mail, a helpdesk that takes mail and
 * shows nothing, an API that fails, a pause. Each lasts until Prometheus has seen it.
 */
export async function playIncident(scene: DashboardScene): Promise<Incident> {
  const { stage, monitor, prometheus } = scene;
  const until: typeof prometheus.until = (...args) => prometheus.until(...args);
  const some = (expr: string): Promise<unknown> => until(`${expr} > 0`, ({ length }) => length > 0);
  const start = Date.now() / 1_000;
  for (const line of ['duplicate 60%', 'duplicate 60% control', 'misfile 30%', 'lose 40%']) {
    stage.obey(line);
  }
  await some('mailcanary_verdicts_total{verdict="misfiled"}');
  await some(`mailcanary_stragglers${TARGET}`);
  await some('mailcanary_duplicates_total');
  stage.obey('recover');
  stage.obey('refuse');
  await some('mailcanary_unsent_total{reason="refused"}');
  stage.obey('recover');
  stage.obey('break helpdesk');
  await some('ALERTS{alertname="EmailDeliveryStalled",alertstate="firing"}');
  stage.obey('recover');
  await some('mailcanary_late_recoveries_total{after="overdue"}');
  await some('mailcanary_lost_total');
  stage.obey('break api');
  await some('mailcanary_watch_polls_total{result="error"}');
  await monitor.daemon.pause('control', { forMs: 5_000, reason: 'a pause of the test' });
  await some('mailcanary_paused');
  await until('mailcanary_paused > 0', ({ length }) => length === 0);
  stage.obey('recover');
  await until('probe:mailcanary_blind_seconds:min > 5', ({ length }) => length === 0);
  return { start, end: Date.now() / 1_000 };
}
