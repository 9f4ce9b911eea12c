import { promql, sample } from '../promql.ts';
import { BLIND_SOON_SHARE } from './limits.ts';
import {
  firing,
  RECORDS as R,
  SERIES,
  type Alert,
  type Recording,
  type RulesContext,
} from './rule.ts';

const STAGE = `${SERIES}, stage`;

/** What hangs between two observers of a chain; without a chain there is no such series. */
export function chainRecords({ durations }: RulesContext): readonly Recording[] {
  return [
    {
      record: R.stuck,
      expr: promql`
        max by (${STAGE}) (
          ${sample('stage_stuck')}
          unless on (instance, ${SERIES}) ${R.behind}
        )
      `,
    },
    {
      record: R.newlyStuck,
      why: 'What hangs is counted until it is forgotten, a day or so. News is by how many it rose lately.',
      expr: `${R.stuck} - min_over_time(${R.stuck}[${durations.news}])`,
    },
  ];
}

/** Where mail hangs, beside the page that says that it does. */
export function chainAlerts({ durations, stragglersToPage }: RulesContext): readonly Alert[] {
  const some = `${R.newlyStuck}{role="target"} >= 1`;
  return [
    {
      alert: 'EmailArrivedNoTicket',
      why: 'No page: stall and stragglers page. By the horizon of the deciding observer, and silent while that one looks at nothing: what it does not see may be there.',
      expr: promql`
        max by (job, probe, role, sender, stage, observer) (
          (
            (
              ${R.newlyStuck}{role="target"} >= ${stragglersToPage}
              or
              (${some} and on (${SERIES}) ${R.oneDecides})
              or
              (${some} and on (job, probe, role, sender, stage) ${firing('EmailArrivedNoTicket')})
            )
            unless on (${SERIES}) ${R.paused}
            unless on (${SERIES})
              (${R.blindFor} > ${R.deadline} / ${BLIND_SOON_SHARE} + ${R.look})
          )
            * on (${SERIES}) group_left (observer)
          topk by (${SERIES}) (1, max by (${SERIES}, observer) (${sample('probe_info')}))
        )
      `,
      keepFiringFor: durations.keep,
      severity: 'ticket',
      team: 'helpdesk',
      culprit: 'helpdesk',
      summary:
        '{{ $value }} mails to {{ $labels.probe }} were seen by {{ $labels.stage }}, not by {{ $labels.observer }}',
      description:
        'Mail gets as far as {{ $labels.stage }} and no further: a whole deadline later {{ $labels.observer }} does not show it. It is held or lost between the two: the import, forwarding or filter by which {{ $labels.observer }} takes mail over from there. The relay, and the way up to {{ $labels.stage }}, work for these mails.',
      dashboard: 'probe',
      ofProbe: true,
    },
  ];
}
