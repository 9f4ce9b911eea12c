import { promql, sample } from '../promql.ts';
import type { RulesInput } from '../rules/input.ts';
import { BLIND_SOON_SHARE } from '../rules/limits.ts';
import type { Panel, Step } from './panel.ts';
import { doneAMinute, EVENT_STEP, INSTANCES, JOB, quantile, recorded } from './query.ts';

const GRAPH = { type: 'graph', width: 8, height: 8, min: 0 } as const;

/** Lines where a probe is soon blind, and where it is: by the shortest deadline. */
function blindSteps({ probes }: RulesInput): readonly Step[] {
  const shortest = Math.min(...probes.map(({ lateAfterMs }) => lateAfterMs)) / 1_000;
  return [
    { from: null, colour: 'green' },
    { from: shortest / BLIND_SOON_SHARE, colour: 'yellow' },
    { from: shortest, colour: 'red' },
  ];
}

/** Does it see? */
export function looking(input: RulesInput): readonly Panel[] {
  return [
    {
      ...GRAPH,
      id: 20,
      title: 'Age of the horizon',
      description:
        'Up to there everything that arrived was seen. The ticket comes at the yellow line and the page at the red one, both set back by what looking takes anyway (beside).',
      unit: 's',
      steps: blindSteps(input),
      queries: [
        { expr: `max by (probe) (${recorded('blindFor', JOB)})`, legend: '{{probe}}' },
        {
          expr: promql`
            max by (instance) (
              time() - ${sample('watch_horizon_timestamp_seconds', INSTANCES)}
            )
          `,
          legend: 'oldest on {{instance}}',
        },
      ],
    },
    {
      ...GRAPH,
      id: 21,
      title: 'Looks',
      description: 'By outcome. Only complete ones (ok) move the horizon.',
      unit: 'cpm',
      stacked: true,
      draw: 'bars',
      colours: { ok: 'green', partial: 'yellow', auth: 'red', error: 'red', timeout: 'orange' },
      queries: [
        {
          expr: doneAMinute('watch_polls', INSTANCES, 'result'),
          legend: '{{result}}',
          step: EVENT_STEP,
        },
      ],
    },
    effort(),
  ];
}
function effort(): Panel {
  const delay = (name: 'poll_duration_seconds' | 'observation_delay_seconds'): string =>
    quantile(name, { q: 0.95, matchers: INSTANCES, by: 'observer', time: '$__rate_interval' });
  const largest = (name: 'observer_index_lag_seconds' | 'observer_look_interval_seconds') =>
    `max by (observer) (${sample(name, INSTANCES)})`;
  return {
    ...GRAPH,
    id: 22,
    title: 'What looking takes',
    description:
      '95 % of the looks were shorter, and as many arrivals seen sooner. Configured: the lag of the source and the longest pause between looks.',
    unit: 's',
    queries: [
      { expr: delay('poll_duration_seconds'), legend: '{{observer}} look', step: EVENT_STEP },
      {
        expr: delay('observation_delay_seconds'),
        legend: '{{observer}} seen after',
        step: EVENT_STEP,
      },
      { expr: largest('observer_index_lag_seconds'), legend: '{{observer}} source lag' },
      { expr: largest('observer_look_interval_seconds'), legend: '{{observer}} pause' },
    ],
  };
}

/** What observers do besides. */
export function observers(): readonly Panel[] {
  return [
    {
      ...GRAPH,
      id: 23,
      title: 'Requests',
      description:
        'Requests or IMAP commands of looks and controls, by whether they were complete.',
      unit: 'cpm',
      queries: [
        {
          expr: doneAMinute('observer_requests', INSTANCES, 'observer, result'),
          legend: '{{observer}} {{result}}',
          step: EVENT_STEP,
        },
      ],
    },
    {
      ...GRAPH,
      id: 24,
      title: 'Litter',
      description: 'Copies of canaries that are due to be cleaned away, and attempts that failed.',
      unit: 'none',
      queries: [
        {
          expr: `max by (observer) (${sample('litter', INSTANCES)})`,
          legend: '{{observer}} lie there',
        },
        {
          expr: doneAMinute('cleanup_failures', INSTANCES, 'observer'),
          legend: '{{observer}} failures a minute',
          step: EVENT_STEP,
        },
      ],
    },
    {
      ...GRAPH,
      id: 25,
      title: 'Timestamps that cannot be',
      description: 'Times of the observed system that contradict what looks saw; the looks stand.',
      unit: 'cpm',
      queries: [
        {
          expr: doneAMinute('clock_conflicts', INSTANCES, 'observer'),
          legend: '{{observer}}',
          step: EVENT_STEP,
        },
      ],
    },
    ...controls(),
  ];
}

/** Would it see, if there were something? */
function controls(): readonly Panel[] {
  return [
    {
      ...GRAPH,
      id: 26,
      width: 16,
      title: 'Positive controls',
      description:
        'What is known to be there was looked for. After a second failure in a row nothing that looks do not show counts, and the horizon stands still.',
      unit: 'cpm',
      colours: { passed: 'green', failed: 'red', inconclusive: 'yellow' },
      queries: [
        {
          expr: doneAMinute('positive_controls', INSTANCES, 'observer, result'),
          legend: '{{observer}} {{result}}',
          step: EVENT_STEP,
        },
      ],
    },
    {
      ...GRAPH,
      id: 27,
      title: 'Since a control passed',
      description: 'Absent where the observer has none.',
      unit: 's',
      queries: [
        {
          expr: promql`
            max by (observer) (
              time() - ${sample('positive_control_timestamp_seconds', INSTANCES)}
            )
          `,
          legend: '{{observer}}',
        },
      ],
    },
  ];
}

/** Does it send? */
export function sending(): readonly Panel[] {
  return [
    {
      ...GRAPH,
      id: 30,
      title: 'SMTP dialogues',
      description:
        'By the answer of the relay: 2xx, 5xx, 4xx, none. Canaries surely refused below, by reason.',
      unit: 'cpm',
      queries: [
        {
          expr: doneAMinute('send_attempts', INSTANCES, 'sender, result'),
          legend: '{{sender}} {{result}}',
          step: EVENT_STEP,
        },
        {
          expr: `sum by (sender, reason) (max by (job, sender, reason) (60 * rate(${sample('unsent', JOB)}[$__rate_interval])))`,
          legend: '{{sender}} unsent: {{reason}}',
          step: EVENT_STEP,
        },
      ],
    },
    {
      ...GRAPH,
      id: 31,
      title: 'Time of a dialogue',
      description: 'To the final answer: half and 95 % took no longer.',
      unit: 's',
      queries: [0.5, 0.95].map((q) => ({
        expr: quantile('submit_duration_seconds', {
          q,
          matchers: INSTANCES,
          by: 'sender',
          time: '$__rate_interval',
        }),
        legend: `{{sender}} ${q * 100} %`,
        step: EVENT_STEP,
      })),
    },
  ];
}

/** Does it send often enough? */
export function cadence(): Panel {
  return {
    ...GRAPH,
    id: 32,
    title: 'Since the relay took a canary',
    description:
      'In intervals of the probe: a few are usual, more mean that nothing is sent. Paused probes grow, too.',
    unit: 'short',
    steps: [
      { from: null, colour: 'green' },
      { from: 3, colour: 'yellow' },
    ],
    queries: [
      {
        expr: promql`
            max by (probe) (
              (time() - max by (job, probe, vantage) (${sample('newest_accepted_timestamp_seconds', JOB)}))
                /
              max by (job, probe, vantage) (${sample('interval_seconds', JOB)})
            )
          `,
        legend: '{{probe}}',
      },
    ],
  };
}
