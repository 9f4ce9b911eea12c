import { promql, sample } from '../promql.ts';
import { atLeast } from './limits.ts';
import { RECORDS as R, SERIES, type Alert, type RulesContext } from './rule.ts';

const MONITOR = { team: 'monitoring', culprit: 'monitor', dashboard: 'monitor' } as const;
const TICKET = { ...MONITOR, severity: 'ticket' } as const;

/** Tickets about the monitor and its operation, and what watches the alerting itself. */
export function metaAlerts(context: RulesContext): readonly Alert[] {
  return [
    watchdog(),
    ...replicas(context),
    ...configuration(),
    ...soundness(context),
    paused(),
    alertingPath(),
  ];
}

function watchdog(): Alert {
  return {
    alert: 'Watchdog',
    expr: 'vector(1)',
    severity: 'none',
    team: 'monitoring',
    dashboard: 'monitor',
    summary: 'Always firing: when it stops coming, no page of email would come either',
    description:
      'Shows that Prometheus, these rules, Alertmanager and the way out of it work. Send it to something outside that calls when it falls silent.',
  };
}

function replicas({ job, durations }: RulesContext): readonly Alert[] {
  const up = `up{job="${job}"}`;
  const instance = { for: '5m', ...TICKET } as const;
  return [
    {
      alert: 'EmailMonitorReplicaDown',
      expr: `${up} == 0 and on (job) ${up} == 1`,
      ...instance,
      summary: 'The email monitor on {{ $labels.instance }} is down; another one still watches',
      description: 'Delivery is watched, without a spare.',
    },
    {
      alert: 'EmailMonitorReplicaBehind',
      expr: `max by (job, instance) (${R.behind})`,
      ...instance,
      summary:
        'The email monitor on {{ $labels.instance }} is {{ $value | humanizeDuration }} behind its partner',
      description:
        'It is cut off from the ledger or from the place of arrival. Its figures are left out; the partner decides, without a spare.',
    },
    {
      alert: 'EmailMonitorConfigDrift',
      why: 'Replicas that disagree run different configurations; a rollout takes less than this.',
      expr: promql`
        ${disagree(sample('deadline_seconds'))}
        or
        ${disagree(sample('interval_seconds'))}
      `,
      for: '15m',
      ...TICKET,
      ofProbe: true,
      summary: 'The email monitors disagree on the deadline or the cadence of {{ $labels.probe }}',
      description:
        'They run different configurations; the rules take the larger number. Roll the same file out to all of them.',
    },
    {
      alert: 'EmailMonitorRestarting',
      expr: `changes(process_start_time_seconds{job="${job}"}[30m]) > ${atLeast(3)}`,
      ...TICKET,
      summary: 'The email monitor on {{ $labels.instance }} restarted {{ $value }} times in 30 min',
      description:
        'Canaries in flight survive in the ledger, but while it starts nobody looks. Its log says why it ended.',
    },
    {
      alert: 'EmailMonitorFaulty',
      why: 'Loops start again by themselves, and a scrape leaves out what it could not read; both are bugs.',
      expr: promql`
        sum by (job, instance) (increase(${sample('loop_crashes')}[1h])) > ${atLeast(1)}
        or
        sum by (job, instance) (increase(${sample('collect_errors')}[1h])) > ${atLeast(1)}
      `,
      for: durations.startFor,
      ...TICKET,
      summary: 'A part of the email monitor on {{ $labels.instance }} failed and was started again',
      description:
        'A loop crashed, or a scrape left out what could not be read. The monitor goes on; please report it with its log.',
    },
  ];
}

function disagree(gauge: string): string {
  return `count by (${SERIES}) (count_values by (${SERIES}) ("seconds", ${gauge})) > 1`;
}

function configuration(): readonly Alert[] {
  const info = sample('probe_info');
  return [
    {
      alert: 'EmailMonitorConfigRejected',
      expr: `${sample('config_last_reload_successful')} == 0`,
      for: '5m',
      ...TICKET,
      summary: 'The email monitor on {{ $labels.instance }} did not take its new configuration',
      description:
        'The file has mistakes, so the old configuration goes on. A restart would fail: mailcanary check names the lines.',
    },
    {
      alert: 'EmailMonitorProbeVanished',
      expr: promql`
        count by (job, probe) (${info} offset 1h)
        unless on (job, probe) ${info}
      `,
      for: '10m',
      ...TICKET,
      ofProbe: true,
      summary: 'Probe {{ $labels.probe }} was watched an hour ago and is not now',
      description:
        'Taken out on purpose: this ends by itself within the hour. Otherwise the configuration lost it.',
    },
  ];
}

function soundness({ durations }: RulesContext): readonly Alert[] {
  const sum = (expr: string): string => `sum by (job, instance, vantage, probe) (${expr})`;
  const accepted = `${sum(sample('accepted'))} - ${sum(sample('verdicts'))} - ${sum(sample('unjudged'))}`;
  const launched = `${sum(sample('launched'))} - ${sum(sample('canaries'))}`;
  const named = (expr: string, equation: string): string =>
    `label_replace(${expr}, "equation", "${equation}", "", "") != 0`;
  return [
    {
      alert: 'EmailMonitorAccountingBroken',
      why: 'A scrape is frozen at one position of the log, so both equations hold exactly on every instance.',
      expr: promql`
        ${named(accepted, 'accepted')}
        or
        ${named(launched, 'launched')}
      `,
      for: '5m',
      ...TICKET,
      ofProbe: true,
      summary:
        'The email monitor miscounts the {{ $labels.equation }} canaries of {{ $labels.probe }} by {{ $value }}',
      description:
        'Every accepted canary has one verdict or waits for it, every launched one has one outcome. This does not add up, so all its figures are in doubt: a bug.',
    },
    {
      alert: 'EmailCanaryLitter',
      why: 'Even a slow tidying gets to the end of what is due once in a while; after a start it needs its hour anew.',
      expr: promql`
        max by (job, observer) (
          min_over_time(${sample('litter')}[1h])
          and
          ${sample('litter')} offset 1h >= 0
        ) > 0
      `,
      for: durations.downFor,
      ...TICKET,
      summary:
        '{{ $value }} canaries lie around in {{ $labels.observer }} and cannot be cleaned away',
      description:
        'Copies that were to be closed or deleted are still there after an hour of trying. Agents see canaries among their tickets.',
    },
  ];
}

function paused(): Alert {
  return {
    alert: 'EmailMonitorPausedTooLong',
    expr: R.paused,
    for: '4h',
    ...TICKET,
    ofProbe: true,
    summary: 'Nobody watches email to {{ $labels.probe }}: paused for over 4 hours',
    description: 'End the pause, or renew it knowingly.',
  };
}

function alertingPath(): Alert {
  return {
    alert: 'EmailAlertingPathFailing',
    why: 'Needs Prometheus and Alertmanager to be scraped themselves.',
    expr: promql`
      increase(prometheus_rule_evaluation_failures_total{rule_group=~".*mailcanary.*"}[5m]) > 0
      or
      increase(prometheus_notifications_dropped_total[5m]) > 0
      or
      increase(alertmanager_notifications_failed_total[5m]) > 0
    `,
    ...MONITOR,
    severity: 'page',
    summary: 'Alerts get lost on {{ $labels.instance }}: a page about email may not arrive',
    description:
      'Rules failed, notifications were dropped, or their delivery failed in the last 5 min.',
  };
}
