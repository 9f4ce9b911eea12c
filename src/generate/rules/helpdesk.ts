import { promql } from '../promql.ts';
import { firing, RECORDS as R, type Alert, type RulesContext } from './rule.ts';

/** No page about the helpdesk while its relay is known to be at fault. */
const UNLESS_SENDER = promql`
  unless on (job, sender) ${firing('EmailSubmissionPathStalled')}
  unless on (job, vantage, probe) ${firing('EmailCanarySendStalled')}
`;
const CONTROL_MISSES = `${R.stragglers}{role="control"} >= 1`;
const PAGE = { severity: 'page', team: 'helpdesk', culprit: 'helpdesk' } as const;

/** Mail that the relay took and the helpdesk does not show. */
export function helpdeskAlerts(context: RulesContext): readonly Alert[] {
  return [stalled(context), vantageStalled(context), stragglers(context), straggler(context)];
}

function stalled({ durations }: RulesContext): Alert {
  return {
    alert: 'EmailDeliveryStalled',
    why: 'Second part: where one missing canary decides, stall and straggler are this one alert, so that one mail is one page.',
    expr: promql`
      max by (job, probe, role, sender) (
        (
          (
            ${R.stalled}{role="target"}
            unless on (job, probe) ${R.witness}
          )
          or
          (
            ${R.deadline}{role="target"}
            and ${R.oneDecides}
            and ${R.enoughStragglers}
            unless on (job, sender) ${CONTROL_MISSES}
            unless ${R.paused}
          )
        )
        ${UNLESS_SENDER}
      )
    `,
    keepFiringFor: durations.keep,
    ...PAGE,
    summary:
      'Email to {{ $labels.probe }} has not reached the helpdesk for {{ $value | humanizeDuration }}',
    description:
      'Relay {{ $labels.sender }} handed canaries over and the helpdesk shows none of them; one has waited {{ $value | humanizeDuration }} or longer, and nothing younger got through, or at so slow a cadence one missing canary decides. Customers wait as long. Measured up to the last complete look at the helpdesk: a monitor that cannot look does not cause this.',
    dashboard: 'overview',
    ofProbe: true,
  };
}

function vantageStalled({ durations }: RulesContext): Alert {
  return {
    alert: 'EmailVantageStalled',
    expr: promql`
      (
        ${R.stalled}{role="target"}
        and on (job, probe) ${R.witness}
      )
      ${UNLESS_SENDER}
    `,
    keepFiringFor: durations.keep,
    severity: 'page',
    team: 'monitoring',
    culprit: 'sender',
    summary:
      'Email to {{ $labels.probe }} from {{ $labels.vantage }} is stuck for {{ $value | humanizeDuration }}; from elsewhere it arrives',
    description:
      'Another vantage reaches the same helpdesk, so the fault lies on the way out of {{ $labels.vantage }}: relay {{ $labels.sender }}, its network, or a block on its address.',
    dashboard: 'overview',
    ofProbe: true,
  };
}

function stragglers({ durations }: RulesContext): Alert {
  return {
    alert: 'EmailDeliveryStragglers',
    why: 'The queue of a stall drains out of order, hence the grace after one.',
    expr: promql`
      max by (job, probe, role, sender) (
        (
          ${R.enoughStragglers}{role="target"}
          unless ${R.oneDecides}
        )
        unless ${R.paused}
        unless on (job, sender) ${CONTROL_MISSES}
        ${UNLESS_SENDER}
        unless on (job, probe) count_over_time(${R.stalled}[${durations.grace}])
      )
    `,
    keepFiringFor: durations.keepStragglers,
    ...PAGE,
    summary:
      '{{ $value }} mails to {{ $labels.probe }} are overdue at the helpdesk while younger ones arrive',
    description:
      'Some mail gets through and some does not: {{ $value }} canaries that the relay handed over passed their deadline a short while ago and are still missing. A share of the customers waits or is lost.',
    dashboard: 'overview',
    ofProbe: true,
  };
}

function straggler({ durations }: RulesContext): Alert {
  return {
    alert: 'EmailCanaryStraggler',
    expr: promql`
      max by (job, probe, role, sender) (
        ${R.stragglers}{role="target"} >= 1
        unless ${R.enoughStragglers}
      )
    `,
    for: durations.senderFor,
    severity: 'info',
    team: 'helpdesk',
    culprit: 'helpdesk',
    summary: 'One mail to {{ $labels.probe }} is overdue; later ones arrive',
    description:
      'A single canary is late or lost. It pages only when more of them miss (EmailDeliveryStragglers), or when nothing arrives any more.',
    dashboard: 'loss',
    ofProbe: true,
  };
}
