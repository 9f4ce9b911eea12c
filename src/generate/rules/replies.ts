import { promql, sample } from '../promql.ts';
import { atLeast } from './limits.ts';
import { firing, SERIES, type Alert } from './rule.ts';

/** One automatic answer and one bounce are as much as a canary can honestly cause; we never answer. */
const REPLIES_A_CANARY = 2;

/** Answers to canaries, seen where an observer looks: each is a mail that may be answered itself. */
export function replyAlerts(): readonly Alert[] {
  const replies = (window: string): string =>
    `max by (job, observer) (increase(${sample('unmatched', { reason: 'reply' })}[${window}]))`;
  // Each monitor that looks sees the same answers, so the one that saw most counts, as with launches.
  const launched = `sum by (job) (max by (${SERIES}) (increase(${sample('launched')}[30m])))`;
  return [
    {
      alert: 'EmailMailLoop',
      expr: promql`
        (
          ${replies('30m')}
            > on (job) group_left ()
          (${REPLIES_A_CANARY} * ${launched})
        ) > ${atLeast(10)}
      `,
      severity: 'page',
      team: 'monitoring',
      culprit: 'helpdesk',
      dashboard: 'loss',
      summary:
        'A mail loop: {{ printf "%.0f" $value }} answers to our canaries in 30 min, more than were sent',
      description:
        'Two systems answer each other about a canary. Such a loop delays all mail of a helpdesk for hours. mailcanary itself never answers: pause the probe, then stop the automatic answers.',
    },
    {
      alert: 'EmailCanaryAnswered',
      expr: promql`
        ${replies('1h')} > ${atLeast(3)}
        unless on (job) ${firing('EmailMailLoop')}
      `,
      severity: 'ticket',
      team: 'monitoring',
      culprit: 'helpdesk',
      dashboard: 'loss',
      summary: 'Something answers our canaries: {{ printf "%.0f" $value }} answers in an hour',
      description:
        'An automatic answer or a bounce came back. Take the address of the canaries out of automatic answers: each is a mail that something else may answer.',
    },
  ];
}
