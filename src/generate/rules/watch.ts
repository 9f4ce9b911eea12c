import { promql, sample } from '../promql.ts';
import { BLIND_SOON_SHARE, SKEW_SECONDS } from './limits.ts';
import { RECORDS as R, SERIES, type Alert, type RulesContext } from './rule.ts';

/** Whether anybody watches at all: the failures of the monitor that page. */
export function watchAlerts(context: RulesContext): readonly Alert[] {
  return [
    ...blindness(context),
    pushSilent(context),
    ...absence(context),
    ...untrustworthy(context),
  ];
}

const WATCHER = { team: 'monitoring', culprit: 'watcher' } as const;
const MONITOR = { severity: 'page', team: 'monitoring', culprit: 'monitor' } as const;

function blindness({ durations }: RulesContext): readonly Alert[] {
  return [
    {
      alert: 'EmailMonitorBlind',
      expr: `${R.blindFor} > (${R.deadline} + ${R.look})`,
      for: durations.startFor,
      keepFiringFor: durations.keep,
      severity: 'page',
      ...WATCHER,
      summary:
        'We are blind: nobody could look whether email to {{ $labels.probe }} arrives for {{ $value | humanizeDuration }}',
      description:
        'No complete look at the place of arrival succeeded. Delivery of {{ $labels.probe }} is UNKNOWN, not bad. Lag is measured up to the last complete look, so no page about the helpdesk can come of this; real trouble would stay unseen, too.',
      dashboard: 'monitor',
      ofProbe: true,
    },
    {
      alert: 'EmailMonitorBlindSoon',
      expr: `${R.blindFor} > (${R.deadline} / ${BLIND_SOON_SHARE} + ${R.look})`,
      for: durations.startFor,
      severity: 'ticket',
      ...WATCHER,
      summary: 'Looks at {{ $labels.probe }} have failed for {{ $value | humanizeDuration }}',
      description:
        'No complete look succeeded for longer than usual. It becomes a page when it lasts (EmailMonitorBlind).',
      dashboard: 'monitor',
      ofProbe: true,
    },
  ];
}

/** An observer that only hears has no horizon, so nothing above can tell that it hears nothing (semantics B2). */
function pushSilent({ durations }: RulesContext): Alert {
  return {
    alert: 'EmailMonitorPushSilent',
    why: 'A horizon that is NaN, and so unequal to itself, is that of an observer that cannot look. By launches, so a stopped sender is no silence.',
    expr: promql`
      (
        max by (${SERIES}) (${sample('newest_accepted_timestamp_seconds')}) - ${R.newest}
          > ${R.deadline} + ${R.interval}
      )
      and (${R.horizon} != ${R.horizon})
      unless ${R.paused}
    `,
    for: durations.startFor,
    severity: 'ticket',
    ...WATCHER,
    summary:
      'No webhook told of canaries to {{ $labels.probe }} sent in the last {{ $value | humanizeDuration }}',
    description:
      'The relay takes canaries, and the webhook tells of none of them. Either mail does not arrive or the webhook does not come: this observer cannot look, so nobody knows. Delivery of {{ $labels.probe }} is UNKNOWN.',
    dashboard: 'monitor',
    ofProbe: true,
  };
}

function absence({ job, durations }: RulesContext): readonly Alert[] {
  const target = { job, role: 'target' };
  return [
    {
      alert: 'EmailMonitorDown',
      why: 'Covers a monitor that is down and one that is not even listed; an expression within absent() leaves no labels.',
      expr: `absent(up{job="${job}"} == 1)`,
      for: durations.downFor,
      ...MONITOR,
      labels: { job },
      summary: 'The email monitor is down: nothing watches whether mail arrives',
      description:
        'Prometheus reaches no mailcanary. Nothing is known about mail from now on, and no other page about it can come.',
      dashboard: 'monitor',
    },
    {
      alert: 'EmailMonitorNoTargets',
      why: 'Without a target, or without the figures that thresholds are made of, no rule above could fire.',
      expr: promql`
        (
          absent(${sample('probe_info', target)})
          or
          absent(${R.deadline}{job="${job}",role="target"})
          or
          absent(${R.look}{job="${job}",role="target"})
        )
        and on (job) up{job="${job}"} == 1
      `,
      for: durations.rollout,
      ...MONITOR,
      summary: 'The email monitor runs and watches no helpdesk',
      description:
        'It is scraped, and exports no probe of role target, or not what its thresholds are made of: an empty or broken configuration, or rules of another version.',
      dashboard: 'monitor',
    },
  ];
}

function untrustworthy({ durations }: RulesContext): readonly Alert[] {
  const clock = sample('clock_timestamp_seconds');
  return [
    {
      alert: 'EmailMonitorClockSkew',
      why: 'Second part: the horizon lies in the future, as a clock that was set back leaves it. Third: the clock by which it judges follows a step of the wall clock slowly.',
      expr: promql`
        abs(timestamp(${clock}) - ${clock}) > ${SKEW_SECONDS}
        or
        max by (job, instance) (
          ${sample('watch_horizon_timestamp_seconds')}
            - on (job, instance) group_left ()
          ${clock}
        ) > ${SKEW_SECONDS}
        or
        abs(${sample('clock_skew_seconds')}) > ${SKEW_SECONDS}
      `,
      for: durations.downFor,
      ...MONITOR,
      summary:
        'The clock of the email monitor on {{ $labels.instance }} is off by {{ $value | humanizeDuration }}',
      description:
        'It disagrees with the clock of Prometheus, or with what the monitor itself has seen. Until that ends nothing is judged by looks: late mail may stay unseen.',
      dashboard: 'monitor',
    },
    {
      alert: 'EmailMonitorLedgerFailing',
      expr: `${sample('ledger_writable')} == 0`,
      for: durations.downFor,
      ...MONITOR,
      summary: 'The email monitor on {{ $labels.instance }} cannot write to its disk',
      description:
        'Its ledger takes nothing, so it sends nothing rather than forget what it sent. Nothing new is known about mail.',
      dashboard: 'monitor',
    },
  ];
}
