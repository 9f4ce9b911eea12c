import { SENDER_SHARE } from '../../domain/culprit.ts';
import { promql, sample } from '../promql.ts';
import {
  firing,
  RECORDS as R,
  SERIES,
  STEADY_CLOCK,
  type Alert,
  type RulesContext,
} from './rule.ts';

const HALF = `${SENDER_SHARE} * ${R.deadline}`;
const PAGE = { severity: 'page', team: 'monitoring', culprit: 'sender' } as const;

/** Faults of our own relay. They stand before the alerts that they explain. */
export function senderAlerts(context: RulesContext): readonly Alert[] {
  return [pathStalled(context), sendStalled(context), pathLoses(context)];
}

function pathStalled({ durations }: RulesContext): Alert {
  return {
    alert: 'EmailSubmissionPathStalled',
    why: 'Nothing got through by way of the relay for half a deadline; the control and a target wait as well.',
    expr: promql`
      (
        max by (job, sender) (${R.horizon})
          - max by (job, sender) (${R.newest})
          > ${SENDER_SHARE} * max by (job, sender) (${R.deadline})
      )
      and on (job, sender)
        (${R.lag}{role="control"} > ${HALF})
      and on (job, sender)
        (${R.lag}{role="target"} > ${HALF})
    `,
    for: durations.senderFor,
    keepFiringFor: durations.keep,
    ...PAGE,
    summary:
      'Our relay {{ $labels.sender }} is stuck: for {{ $value | humanizeDuration }} nothing sent through it arrived anywhere',
    description:
      'Canaries to the helpdesk and to the plain control mailbox are missing alike, so what they share is at fault: the relay, its queue, its DNS, its network or the standing of its address. Nothing can be said about the helpdesk through this relay; its pages are held back until this ends.',
    dashboard: 'overview',
  };
}

function sendStalled({ durations }: RulesContext): Alert {
  return {
    alert: 'EmailCanarySendStalled',
    why: 'By the first launch that is due and not accepted; NaN while none is due, as for a cron probe at night. Where the ledger fails, that is why nothing is sent.',
    expr: promql`
      min by (${SERIES}) (
        (
          ${STEADY_CLOCK}
            - on (job, instance) group_right ()
          ${sample('oldest_unserved_tick_timestamp_seconds')}
        )
        unless ${R.behind}
      )
        > ${HALF}
      unless ${R.paused}
      unless on (job) ${firing('EmailMonitorLedgerFailing')}
    `,
    for: durations.launchFor,
    keepFiringFor: durations.keep,
    ...PAGE,
    summary:
      'Our relay {{ $labels.sender }} takes no canary for {{ $labels.probe }} since {{ $value | humanizeDuration }}',
    description:
      'Canaries are due and none was accepted: the relay refuses them or cannot be reached, or the schedule stopped. No mail is known to be late; whether mail to {{ $labels.probe }} arrives is unknown.',
    dashboard: 'monitor',
    ofProbe: true,
  };
}

function pathLoses({ durations }: RulesContext): Alert {
  return {
    alert: 'EmailSubmissionPathLoses',
    why: 'The control misses single canaries as well: a queue of the relay that drains after an outage, for instance. Second part: few at a time, over hours.',
    expr: promql`
      (
        (
          max by (job, sender) (${R.stragglers}{role="control"}) >= 1
          and on (job, sender)
            ${R.enoughStragglers}{role="target"}
        )
        or
        (
          max by (job, sender) (${R.lossSuspected}{role="control"})
          and on (job, sender) (
            ${R.lossConfirmed}{role="target"}
            or
            (
              ${R.lossSuspected}{role="target"}
              and on (job, sender) ${firing('EmailSubmissionPathLoses')}
            )
          )
        )
      )
      unless on (job, sender)
        count_over_time(${firing('EmailSubmissionPathStalled')}[${durations.grace}])
    `,
    keepFiringFor: durations.keepStragglers,
    ...PAGE,
    summary:
      'Our relay {{ $labels.sender }} holds back or loses single mails: the control mailbox misses some as well',
    description:
      'Younger canaries arrive, older ones are missing at the helpdesk and at the plain control mailbox alike. Look into the queue of the relay first. The helpdesk is not blamed while the control misses canaries.',
    dashboard: 'loss',
  };
}
