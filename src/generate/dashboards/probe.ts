import { SENDER_SHARE } from '../../domain/culprit.ts';
import { promql, sample } from '../promql.ts';
import type { RulesInput } from '../rules/input.ts';
import type { Board, Panel } from './panel.ts';
import { aMinute, EVENT_STEP, inTime, ONE_PROBE, quantile, recorded } from './query.ts';
import { lagOf, NONE_IS_WELL, PLAIN, STATE_WORDS, stateOf } from './state.ts';
import { stagePanels } from './stages.ts';
import { jobVariable, oneProbeVariable } from './variables.ts';

/** Everything about one probe, from each of its vantages. */
export function probeBoard(input: RulesInput): Board {
  return {
    name: 'probe',
    title: 'Mailcanary: one probe',
    description: 'One probe from each of its vantages: its set-up, how it does, what is missing.',
    from: '3h',
    refresh: '10s',
    variables: [jobVariable(input), oneProbeVariable(input)],
    sections: [
      { id: 1, title: 'Now', panels: [...now(), ...asSet()] },
      { id: 2, title: 'Waiting', panels: [...waiting(), since()] },
      { id: 3, title: 'Latency', panels: latency() },
      { id: 4, title: 'What became of them', panels: fates() },
      ...(input.probes.some(({ isChain }) => isChain === true)
        ? [{ id: 5, title: 'Observers in front', panels: stagePanels() }]
        : []),
    ],
  };
}

const gauge = (name: Parameters<typeof sample>[0], by = 'vantage'): string =>
  `max by (${by}) (${sample(name, ONE_PROBE)})`;

const STAT = { type: 'stat', width: 4, height: 5, unit: 's', steps: PLAIN } as const;

function now(): readonly Panel[] {
  const day = (matchers: Readonly<Record<string, string | readonly string[]>>): string =>
    inTime('verdicts', { matchers: { ...ONE_PROBE, ...matchers }, by: 'vantage', time: '24h' });
  return [
    {
      ...STAT,
      id: 10,
      title: 'State',
      description: 'As on the status page, from each vantage.',
      unit: 'none',
      words: STATE_WORDS,
      loud: true,
      queries: [{ expr: stateOf(ONE_PROBE, 'vantage'), legend: '{{vantage}}', now: true }],
    },
    {
      ...STAT,
      id: 11,
      title: 'On time in 24 h',
      description:
        'Share of the canaries judged that were on time; those nobody could judge left out.',
      unit: 'percentunit',
      decimals: 2,
      queries: [
        {
          expr: `${day({ verdict: 'on_time' })} / (${day({ verdict: ['on_time', 'overdue', 'misfiled'] })} > 0)`,
          legend: '{{vantage}}',
          now: true,
        },
      ],
    },
    {
      ...STAT,
      id: 12,
      title: 'Lost in 24 h',
      description: 'Canaries that were written off after lost_after.',
      unit: 'none',
      steps: NONE_IS_WELL,
      decimals: 0,
      queries: [
        {
          expr: inTime('lost', { matchers: ONE_PROBE, by: 'vantage', time: '24h' }),
          legend: '{{vantage}}',
          now: true,
        },
      ],
    },
  ];
}

function asSet(): readonly Panel[] {
  return [
    {
      ...STAT,
      id: 13,
      title: 'Last latency',
      description: 'Of the newest arrival, and the half-width of the interval in which it lies.',
      queries: [
        { expr: gauge('last_ingest_latency_seconds'), legend: '{{vantage}}', now: true },
        { expr: gauge('ingest_latency_error_seconds'), legend: '{{vantage}} +/-', now: true },
      ],
    },
    {
      ...STAT,
      id: 14,
      title: 'Set to',
      description: 'Time between launches, age at which a missing canary is suspect, and deadline.',
      width: 8,
      queries: [
        { expr: gauge('interval_seconds', 'probe'), legend: 'every', now: true },
        { expr: gauge('suspect_after_seconds', 'probe'), legend: 'suspect', now: true },
        { expr: gauge('deadline_seconds', 'probe'), legend: 'late', now: true },
      ],
    },
    setUp(),
  ];
}

function setUp(): Panel {
  return {
    type: 'table',
    id: 15,
    title: 'Set-up',
    description: 'Who sends, who looks, and at what.',
    width: 24,
    height: 4,
    unit: 'none',
    labels: {
      vantage: 'vantage',
      role: 'role',
      sender: 'sender',
      transport: 'by',
      observer: 'observer',
      helpdesk: 'at',
    },
    values: 'hidden',
    queries: [
      {
        expr: `max by (vantage, role, sender, transport, observer, helpdesk) (${sample('probe_info', ONE_PROBE)})`,
        legend: 'set-up',
        now: true,
      },
    ],
  };
}

const STAIRS = { type: 'graph', width: 8, height: 8, draw: 'stairs', min: 0 } as const;

function waiting(): readonly Panel[] {
  const limit = (share: string): string => `max(${share}${recorded('deadline', ONE_PROBE)})`;
  return [
    {
      ...STAIRS,
      id: 20,
      title: 'Delivery lag',
      description: 'Age of the head, with the deadline at which it pages and half of it.',
      unit: 's',
      colours: { deadline: 'red', 'half of it': 'yellow' },
      queries: [
        { expr: lagOf(ONE_PROBE, 'vantage'), legend: '{{vantage}}' },
        { expr: limit(''), legend: 'deadline' },
        { expr: limit(`${SENDER_SHARE} * `), legend: 'half of it' },
      ],
    },
    {
      ...STAIRS,
      id: 21,
      title: 'On their way, suspect, overdue',
      description:
        'Without a verdict; waiting beyond suspect_after; overtaken and past the deadline.',
      unit: 'none',
      decimals: 0,
      queries: [
        { expr: gauge('unjudged'), legend: '{{vantage}} on their way' },
        { expr: gauge('head_waiting'), legend: '{{vantage}} suspect' },
        {
          expr: `max by (vantage) (${recorded('stragglers', ONE_PROBE)})`,
          legend: '{{vantage}} overdue',
        },
      ],
    },
  ];
}

function since(): Panel {
  return {
    ...STAIRS,
    id: 22,
    title: 'Since the last look and the last acceptance',
    description:
      'Age of the horizon: up to there everything that arrived was seen. Time since the relay last took a canary. First launch that is due and not accepted.',
    unit: 's',
    queries: [
      {
        expr: `max by (vantage) (${recorded('blindFor', ONE_PROBE)})`,
        legend: '{{vantage}} look',
      },
      {
        expr: `time() - ${gauge('newest_accepted_timestamp_seconds')}`,
        legend: '{{vantage}} accepted',
      },
      {
        expr: promql`
            time() - min by (vantage) (${sample('oldest_unserved_tick_timestamp_seconds', ONE_PROBE)})
              >= 0
            or
            0 * max by (vantage) (${recorded('horizon', ONE_PROBE)})
          `,
        legend: '{{vantage}} launch due',
      },
    ],
  };
}

function latency(): readonly Panel[] {
  const error = gauge('ingest_latency_error_seconds');
  const last = gauge('last_ingest_latency_seconds');
  const hour = (q: number): string =>
    quantile('ingest_latency_seconds', { q, matchers: ONE_PROBE, by: 'vantage', time: '1h' });
  return [
    {
      type: 'graph',
      id: 30,
      title: 'Latency of the newest arrival, and its bounds',
      description: 'The middle of the interval in which it lies, with both ends.',
      width: 12,
      height: 8,
      unit: 's',
      min: 0,
      draw: 'points',
      queries: [
        { expr: last, legend: '{{vantage}}' },
        { expr: `${last} + ${error}`, legend: '{{vantage}} at most' },
        { expr: `clamp_min(${last} - ${error}, 0)`, legend: '{{vantage}} at least' },
      ],
    },
    {
      type: 'graph',
      id: 31,
      title: 'Usual latency of the last hour',
      description:
        'Half, 95 % and 99 % of the arrivals took no longer; interpolated within buckets.',
      width: 12,
      height: 8,
      unit: 's',
      min: 0,
      queries: [
        { expr: hour(0.5), legend: '{{vantage}} 50 %' },
        { expr: hour(0.95), legend: '{{vantage}} 95 %' },
        { expr: hour(0.99), legend: '{{vantage}} 99 %' },
      ],
    },
  ];
}

function fates(): readonly Panel[] {
  const graph = { type: 'graph', width: 8, height: 8, unit: 'cpm', min: 0 } as const;
  return [
    {
      ...graph,
      id: 40,
      title: 'Sent',
      description: 'Canaries launched, accepted by the relay, and in doubt, which is neither.',
      queries: [
        { expr: aMinute('launched', ONE_PROBE, 'vantage'), legend: '{{vantage}} launched' },
        { expr: aMinute('accepted', ONE_PROBE, 'vantage'), legend: '{{vantage}} accepted' },
        { expr: aMinute('in_doubt', ONE_PROBE, 'vantage'), legend: '{{vantage}} in doubt' },
      ].map((query) => ({ ...query, step: EVENT_STEP })),
    },
    {
      ...graph,
      id: 41,
      draw: 'bars',
      stacked: true,
      title: 'Verdicts',
      description: 'Canaries judged at their deadline, each once.',
      colours: { on_time: 'green', overdue: 'red', misfiled: 'orange', void: 'purple' },
      queries: [
        {
          expr: aMinute('verdicts', ONE_PROBE, 'verdict'),
          legend: '{{verdict}}',
          step: EVENT_STEP,
        },
      ],
    },
    {
      ...graph,
      id: 42,
      title: 'All canaries ever, by outcome',
      description:
        'Each launched canary has one outcome at any time; together they are all launches.',
      unit: 'short',
      logarithmic: true,
      queries: [
        {
          expr: `sum by (outcome) (max by (job, vantage, probe, outcome) (${sample('canaries', ONE_PROBE)}))`,
          legend: '{{outcome}}',
        },
      ],
    },
  ];
}
