import { stepsOf } from '../../../src/generate/dashboards/query.ts';
import { STATE_WORDS, stateOf } from '../../../src/generate/dashboards/state.ts';
import { RECORDS } from '../../../src/generate/rules/rule.ts';
import { JOB, SCRAPE_MS, type DashboardScene } from './scene.ts';

/** When what happened, in seconds since the epoch. */
export interface Incident {
  readonly start: number;
  /** When all that Prometheus has is complete, and both probes have a state. */
  readonly end: number;
}

const TARGET = '{role="target"}';
/** Scrapes end within a second; what they found out is of when they began. */
const SETTLED_S = 3;

/** Waits until all is well: both probes have arrivals, and the rules and the overview know it. */
export async function whenWell(scene: DashboardScene): Promise<void> {
  const { prometheus } = scene;
  await prometheus.until(
    'count(mailcanary_verdicts_total{verdict="on_time"} > 1)',
    ([it]) => it?.value === 2,
  );
  await prometheus.until(`${RECORDS.judged5m} > 0`, ({ length }) => length >= 2);
  await whenShown(scene, { support: 'OK', control: 'OK' });
}

/**
 * Everything that can go wrong: copies, spam, lost mail and a pause at once; then refused mail, a helpdesk that takes
 * mail and shows nothing, an API that fails. Each lasts until Prometheus has seen it.
 */
export async function playIncident(scene: DashboardScene): Promise<Incident> {
  const { stage, prometheus } = scene;
  const [most] = await prometheus.query(`max(max_over_time(${RECORDS.blindFor}[1h]))`);
  const start = Date.now() / 1_000;
  await loseAndPause(scene);
  stage.obey('recover');
  stage.obey('refuse');
  await whenCounted(scene, 'mailcanary_unsent_total{reason="refused"}');
  stage.obey('recover');
  await stallUntilOverdue(scene);
  stage.obey('recover');
  await whenCounted(scene, 'mailcanary_late_recoveries_total{after="overdue"}');
  stage.obey('break api');
  await whenCounted(scene, 'mailcanary_watch_polls_total{result="error"}');
  await whenLasting(scene, `${RECORDS.blindFor}${TARGET} > ${(most?.value ?? 0) + 1}`, 1);
  stage.obey('recover');
  await prometheus.until(`${RECORDS.blindFor} <= 5`, ({ length }) => length === 2);
  await whenCounted(scene, 'mailcanary_lost_total');
  await whenCounted(scene, 'mailcanary_duplicates_total');
  return { start, end: await whenComplete(scene) };
}

/** Copies come long after the first one, so nobody waits for them here. */
async function loseAndPause(scene: DashboardScene): Promise<void> {
  const { stage, monitor } = scene;
  for (const line of ['duplicate 60%', 'duplicate 60% control', 'misfile 30%', 'lose 40%']) {
    stage.obey(line);
  }
  await monitor.daemon.pause('control', { forMs: 3_600_000, reason: 'a pause of the test' });
  await whenShown(scene, { control: 'PAUSED' });
  await monitor.daemon.resume('control');
  await whenCounted(scene, `mailcanary_stragglers${TARGET}`);
  await whenShown(scene, { support: 'MISFILED' });
}

/**
 * A stall that everybody sees. It may begin early, with mail that was lost before; so it lasts until some of the mail that
 * it holds back, which will arrive after all, is overdue and not yet written off.
 */
async function stallUntilOverdue(scene: DashboardScene): Promise<void> {
  const { stage, monitor } = scene;
  const since = Date.now();
  const overdue = new Set<string>();
  let wake = (): void => undefined;
  const stop = monitor.subscribe(({ launch, effects }) => {
    if (launch.route.role !== 'target' || launch.launchedAt < since) return;
    for (const effect of effects) {
      if (effect.type === 'settled' && effect.verdict === 'overdue') overdue.add(launch.id);
      if (effect.type === 'lost') overdue.delete(launch.id);
    }
    wake();
  });
  stage.obey('break helpdesk');
  await whenCounted(scene, 'ALERTS{alertname="EmailDeliveryStalled",alertstate="firing"}');
  await whenShown(scene, { support: 'STALLED' });
  while (overdue.size === 0) await new Promise<void>((resolve) => (wake = resolve));
  stop();
}

async function whenCounted({ prometheus }: DashboardScene, expr: string): Promise<void> {
  await prometheus.until(`${expr} > 0`, ({ length }) => length > 0);
}

/** Until the overview has said so of each probe, by name, for some seconds. */
async function whenShown(
  scene: DashboardScene,
  states: Readonly<Record<string, string>>,
): Promise<void> {
  for (const [probe, word] of Object.entries(states)) {
    const value = STATE_WORDS.find(({ text }) => text === word)?.value ?? NaN;
    await whenLasting(scene, `${stateOf({ job: JOB, probe }, 'probe')} == ${value}`, 1);
  }
}

/** Until `count` series were there at most of the last whole seconds, so that a graph with a point each shows them. */
async function whenLasting(
  { prometheus }: DashboardScene,
  expr: string,
  count: number,
): Promise<void> {
  await prometheus.until(
    `count_over_time((${expr})[5s:1s]) >= 3`,
    ({ length }) => length === count,
  );
}

/**
 * Until the states of both probes are known at one whole second of which nothing is on its way any more, and at which
 * all graphs have a point; answers which.
 */
async function whenComplete({ prometheus }: DashboardScene): Promise<number> {
  const since = Date.now() / 1_000;
  const step = stepsOf(SCRAPE_MS).events / 1_000;
  const known = `((time() + 0 * ${stateOf({ job: JOB }, 'probe')}) % ${step} == 0)`;
  const [first] = await prometheus.until(
    `last_over_time((time() + ${known})[${2 * step}s:1s] offset ${SETTLED_S}s)`,
    (results) => {
      const at = results[0]?.value ?? 0;
      return at >= since && results.length === 2 && results.every(({ value }) => value === at);
    },
  );
  return first?.value ?? NaN;
}
