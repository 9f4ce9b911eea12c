import { buckets, promql, sample } from '../promql.ts';
import type { RulesInput } from '../rules/input.ts';
import { slowBucket } from '../rules/limits.ts';
import { lateOrNever } from './loss-evidence.ts';
import type { Panel, Section } from './panel.ts';
import { aMinute, EVENT_STEP, foreign, JOB, PROBES, quantile } from './query.ts';
import { lagSteps, STATE_WORDS, stateOf } from './state.ts';

/** How long mail takes. */
export function latency(input: RulesInput): readonly Panel[] {
  const hour = (q: number): string =>
    quantile('ingest_latency_seconds', { q, matchers: PROBES, by: 'probe', time: '1h' });
  return [
    {
      type: 'heatmap',
      id: 30,
      title: 'Latency of arrivals',
      description:
        'How many canaries arrived after how long. The dots are single canaries: their link leads to the time line on the status page.',
      width: 12,
      height: 9,
      unit: 's',
      queries: [
        {
          expr: `sum by (le) (increase(${buckets('ingest_latency_seconds', PROBES)}[$__rate_interval]))`,
          legend: '{{le}}',
          step: EVENT_STEP,
          exemplars: true,
        },
      ],
    },
    {
      type: 'graph',
      id: 31,
      title: 'Latency of the newest arrival',
      description:
        'One point a scrape. The control goes by the same relay to a plain mailbox: where both are slow, it is not the helpdesk.',
      width: 6,
      height: 9,
      unit: 's',
      min: 0,
      draw: 'points',
      steps: lagSteps(input),
      queries: [
        {
          expr: `max by (probe, role) (${sample('last_ingest_latency_seconds', PROBES)})`,
          legend: '{{probe}} ({{role}})',
        },
      ],
    },
    {
      type: 'graph',
      id: 32,
      title: 'Usual latency of the last hour',
      description: `Half, 95 % and 99 % of the arrivals of an hour took no longer; interpolated within the buckets. What takes longer than ${Number(slowBucket(Math.min(...input.probes.map(({ lateAfterMs }) => lateAfterMs))))} s counts as slow.`,
      width: 6,
      height: 9,
      unit: 's',
      min: 0,
      queries: [
        { expr: hour(0.5), legend: '{{probe}} 50 %' },
        { expr: hour(0.95), legend: '{{probe}} 95 %' },
        { expr: hour(0.99), legend: '{{probe}} 99 %' },
      ],
    },
  ];
}

/** What became of them. */
export function verdicts(): readonly Panel[] {
  const bars = {
    type: 'graph',
    draw: 'bars',
    stacked: true,
    width: 8,
    height: 8,
    unit: 'cpm',
    min: 0,
  } as const;
  return [
    {
      ...bars,
      id: 40,
      title: 'Verdicts',
      description:
        'Canaries judged at their deadline, each once. void: nobody could look in time, so it counts for nothing.',
      colours: { on_time: 'green', overdue: 'red', misfiled: 'orange', void: 'purple' },
      queries: [
        {
          expr: aMinute('verdicts', PROBES, 'verdict'),
          legend: '{{verdict}}',
          step: EVENT_STEP,
        },
      ],
    },
    {
      ...bars,
      ...lateOrNever(),
      id: 41,
    },
    {
      ...bars,
      id: 42,
      title: 'Where canaries arrive',
      description: 'The place where each was first seen. Anything but the inbox is seen by nobody.',
      colours: { inbox: 'green', spam: 'red', trash: 'orange', suspended: 'purple' },
      queries: [
        { expr: aMinute('arrivals', PROBES, 'place'), legend: '{{place}}', step: EVENT_STEP },
      ],
    },
  ];
}

/** The same states and the alerts over time. */
export function timeline(): Section {
  const firing = (severity: string): string =>
    `max by (alertname, probe) (${foreign('ALERTS', { ...JOB, alertstate: 'firing', severity })})`;
  return {
    id: 5,
    title: 'Time line',
    panels: [
      {
        type: 'timeline',
        id: 50,
        title: 'State of the probes',
        description: 'The same words as above, over time.',
        width: 24,
        height: 6,
        unit: 'none',
        words: STATE_WORDS,
        queries: [{ expr: stateOf(PROBES, 'probe'), legend: '{{probe}}' }],
      },
      {
        type: 'timeline',
        id: 51,
        title: 'Alerts that fire',
        description:
          'Pages and tickets of this monitor, whatever probes are chosen above. Empty while all is well.',
        width: 24,
        height: 6,
        unit: 'none',
        words: [
          { value: 1, text: 'ticket', colour: 'yellow' },
          { value: 2, text: 'page', colour: 'red' },
        ],
        queries: [
          {
            expr: promql`
              2 * ${firing('page')}
              or
              ${firing('ticket')}
            `,
            legend: '{{alertname}} {{probe}}',
          },
        ],
      },
    ],
  };
}
