import { SENDER_SHARE, STALL_WAITING } from '../../domain/culprit.ts';
import { promql, sample } from '../promql.ts';
import { BLIND_SOON_SHARE } from './limits.ts';
import { RECORDS as R, SERIES, STEADY_CLOCK, type Recording, type RulesContext } from './rule.ts';

const horizon = sample('watch_horizon_timestamp_seconds');
const head = sample('head_sent_timestamp_seconds');
const deadline = sample('deadline_seconds');
const interval = sample('interval_seconds');
const suspectAfter = sample('suspect_after_seconds');

/** How probes stand at this moment, over all replicas of a monitor. */
export function standing(context: RulesContext): readonly Recording[] {
  return [...thresholds(), ...figures(), ...evidence(), ...verdictsOnProbes(context)];
}

function thresholds(): readonly Recording[] {
  const lag = sample('observer_index_lag_seconds');
  const pause = sample('observer_look_interval_seconds');
  return [
    { record: R.deadline, expr: `max by (${SERIES}) (${deadline})` },
    { record: R.interval, expr: `max by (${SERIES}) (${interval})` },
    {
      record: R.oneDecides,
      why: 'So slow that at the deadline only one canary can be older than suspect_after: there one missing canary decides.',
      expr: promql`
        max by (${SERIES}) (${interval})
          > max by (${SERIES}) (${deadline} - ${suspectAfter})
      `,
    },
    {
      record: R.look,
      why: 'How old the horizon may get while all is well: the index lag of the deciding observer and its longest pause between looks.',
      expr: promql`
        max by (${SERIES}) (
          ${sample('probe_info')}
            * on (job, instance, observer) group_left ()
          (${lag} + ${pause})
        )
      `,
    },
    {
      record: R.paused,
      expr: `max by (${SERIES}) (${sample('paused')}) == 1`,
    },
  ];
}

function figures(): readonly Recording[] {
  return [
    { record: R.horizon, expr: `max by (${SERIES}) (${horizon})` },
    {
      record: R.newest,
      expr: `max by (${SERIES}) (${sample('newest_ingested_sent_timestamp_seconds')})`,
    },
    {
      record: R.behind,
      why: 'A replica that is cut off freezes. Its gauges must not win a maximum: each rule on gauges leaves these out.',
      expr: promql`
        (
          ${R.horizon}
            - on (${SERIES}) group_right ()
          ${horizon}
        )
          > on (${SERIES}) group_left ()
        ${R.look}
      `,
    },
    {
      record: R.lag,
      why: 'Age of the head by the horizon, never by now: a blind watcher freezes it. NaN while nothing waits.',
      expr: promql`
        max by (${SERIES}) (
          (${horizon} - ${head})
          unless ${R.behind}
        )
      `,
    },
    {
      record: R.stragglers,
      expr: promql`
        max by (${SERIES}) (
          ${sample('stragglers')}
          unless ${R.behind}
        )
      `,
    },
    {
      record: R.blindFor,
      why: 'By the own steady clock of each monitor, which dates its horizon; the best replica counts.',
      expr: promql`
        min by (${SERIES}) (
          ${STEADY_CLOCK}
            - on (job, instance) group_right ()
          ${horizon}
        )
      `,
    },
  ];
}

/** What is over a threshold of the monitor that says so: one budget of false alarms for all probes. */
function evidence(): readonly Recording[] {
  const over = (threshold: string): string => promql`
    max by (${SERIES}) (
      (
        ${sample('loss_evidence_log10')}
          > on (job, instance) group_left ()
        ${threshold}
      )
      unless ${R.behind}
    )
  `;
  return [
    {
      record: R.lossConfirmed,
      why: 'The statistic counts what is overdue and still missing: an arrival takes it back.',
      expr: over(sample('loss_evidence_page_threshold_log10')),
    },
    { record: R.lossSuspected, expr: over(sample('loss_evidence_ticket_threshold_log10')) },
  ];
}

function verdictsOnProbes({ stragglersToPage }: RulesContext): readonly Recording[] {
  const waiting = sample('head_waiting');
  return [
    {
      record: R.enoughStragglers,
      expr: promql`
        ${R.stragglers} >= ${stragglersToPage}
        or
        (${R.stragglers} >= 1 and ${R.oneDecides})
      `,
    },
    {
      record: R.stalled,
      why: 'The head is past the deadline and not alone: an old loss and a stopped sender are no stall. Recorded before anybody is blamed.',
      expr: promql`
        max by (${SERIES}) (
          (
            (${horizon} - ${head}) > ${deadline}
            and
            (
              ${waiting} >= ${STALL_WAITING}
              or
              (${waiting} >= 1 and ${interval} > (${deadline} - ${suspectAfter}))
            )
          )
          unless ${R.behind}
        )
        unless ${R.paused}
      `,
    },
    {
      record: R.witness,
      why: 'Another vantage of the probe, itself not stalled, got a canary through that is much younger than the stalled head. One that is blind, paused or slow is no witness.',
      expr: promql`
        (
          max by (job, probe) (
            ${R.newest}{role="target"}
            unless ${R.stalled}
            unless ${R.paused}
            unless (${R.blindFor} > ${R.deadline} / ${BLIND_SOON_SHARE} + ${R.look})
          )
            -
          max by (job, probe) (${R.horizon} - ${R.stalled}{role="target"})
        )
          > ${SENDER_SHARE} * max by (job, probe) (${R.deadline}{role="target"})
      `,
    },
  ];
}
