import { SENDER_SHARE } from '../../domain/culprit.ts';
import { promql } from '../promql.ts';
import { GROWN } from './limits.ts';
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
  return [
    stalled(context),
    vantageStalled(context),
    stragglers(context),
    ...silentLoss(context),
    straggler(context),
  ];
}

function stalled({ durations }: RulesContext): Alert {
  return {
    alert: 'EmailDeliveryStalled',
    why: 'Second part: where one missing canary decides, stall and straggler are this one alert, so that one mail is one page; once it fires it goes on for a while after the last that is missing, since hours may lie between two where a share is lost. Third: once it fires it goes on down to half the deadline, or mail that comes in batches would end and begin it.',
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
            and (
              ${R.enoughStragglers}
              or
              (
                max_over_time(${R.stragglers}[${durations.keepLoss}]) >= 1
                and on (job, probe, role, sender) ${firing('EmailDeliveryStalled')}
              )
            )
            unless on (job, sender) ${CONTROL_MISSES}
            unless ${R.paused}
          )
          or
          (
            ${R.lag}{role="target"} > ${SENDER_SHARE} * ${R.deadline}
            and on (job, probe, role, sender) ${firing('EmailDeliveryStalled')}
            unless on (job, probe) ${R.witness}
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

function stragglers({ durations, stragglersToPage }: RulesContext): Alert {
  const some = `${R.stragglers}{role="target"}`;
  return {
    alert: 'EmailDeliveryStragglers',
    why: `The queue of a stall drains out of order, hence the grace after one. Where silent loss has paged it takes ${GROWN} times as many to be news. Once it fires it goes on while any is missing: where a share is lost, their number goes up and down.`,
    expr: promql`
      max by (job, probe, role, sender) (
        (
          (
            ${R.enoughStragglers}{role="target"}
            unless on (job, probe) ${firing('EmailSilentLossConfirmed')}
          )
          or
          ${some} >= ${GROWN * stragglersToPage}
          or
          (${some} >= 1 and on (job, probe, role, sender) ${firing('EmailDeliveryStragglers')})
        )
        unless ${R.oneDecides}
        unless ${R.paused}
        unless on (job, sender) ${CONTROL_MISSES}
        ${UNLESS_SENDER}
        unless on (job, probe) count_over_time(${R.stalled}[${durations.grace}])
      )
    `,
    keepFiringFor: durations.keepLoss,
    ...PAGE,
    summary:
      '{{ $value }} mails to {{ $labels.probe }} are overdue at the helpdesk while younger ones arrive',
    description:
      'Some mail gets through and some does not: {{ $value }} canaries that the relay handed over passed their deadline a short while ago and are still missing. A share of the customers waits or is lost.',
    dashboard: 'overview',
    ofProbe: true,
  };
}

/** Not the helpdesk's fault while the control loses more than usual as well. */
const CONTROL_LOSES = `${R.lossSuspected}{role="control"}`;

/** Losses so far apart that they are no stragglers. */
function silentLoss({ durations }: RulesContext): readonly Alert[] {
  const explained = firing(['EmailDeliveryStalled', 'EmailDeliveryStragglers'], 'page');
  const from = (evidence: string): string => promql`
    max by (job, probe, role, sender) (
      ${evidence}{role="target"}
      unless on (job, sender) ${CONTROL_LOSES}
      ${UNLESS_SENDER}
      unless on (job, probe) count_over_time(${R.stalled}[${durations.grace}])
    )
  `;
  const common = {
    team: 'helpdesk',
    culprit: 'helpdesk',
    dashboard: 'loss',
    ofProbe: true,
  } as const;
  return [
    {
      ...common,
      alert: 'EmailSilentLossConfirmed',
      why: 'After a stall its queue may still bring what is missing. Where stragglers or a missing mail at a slow cadence have paged, that page says it all. Once it fires it goes on down to the threshold of the ticket: between two losses the evidence falls.',
      expr: promql`
        (
          ${from(R.lossConfirmed)}
          unless on (job, probe) count_over_time(${explained}[${durations.grace}])
        )
        or
        (
          ${from(R.lossSuspected)}
          and on (job, probe, role, sender) ${firing('EmailSilentLossConfirmed')}
        )
      `,
      keepFiringFor: durations.keepLoss,
      severity: 'page',
      summary: 'Email to {{ $labels.probe }} is being lost silently',
      description:
        'Single canaries that relay {{ $labels.sender }} handed over never reach the helpdesk, while all others do; too many to be the usual loss (evidence 1e{{ printf "%.1f" $value }}: by chance that comes once a year, over all probes). A share of the mail of customers is lost in the same way, and nobody is told.',
    },
    {
      ...common,
      alert: 'EmailSilentLossSuspected',
      expr: from(R.lossSuspected),
      keepFiringFor: '1h',
      severity: 'ticket',
      summary: 'Canaries to {{ $labels.probe }} are missing more often than usual',
      description:
        'Evidence of loss is 1e{{ printf "%.1f" $value }}: by chance that comes once a month, over all probes. It becomes a page when more are missing (EmailSilentLossConfirmed), and falls when they arrive after all.',
    },
  ];
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
