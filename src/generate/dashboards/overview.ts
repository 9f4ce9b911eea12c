import { sample } from '../promql.ts';
import type { RulesInput } from '../rules/input.ts';
import { latency, timeline, verdicts } from './overview-history.ts';
import type { Board, Panel } from './panel.ts';
import { PROBES, recorded } from './query.ts';
import { lagOf, lagSteps, NONE_IS_WELL, PLAIN, STATE_WORDS, stateOf } from './state.ts';
import { jobVariable, probesVariable, roleVariable } from './variables.ts';

/** Is mail arriving? */
export function overview(input: RulesInput): Board {
  return {
    name: 'overview',
    title: 'Mailcanary: is mail arriving?',
    description:
      'All probes at a glance: state, delivery lag, latency, verdicts, and which alerts fire.',
    from: '6h',
    refresh: '10s',
    variables: [jobVariable(input), probesVariable(), roleVariable()],
    sections: [
      { id: 1, title: 'Now', panels: [...now(input), ...nowOfCanaries(input)] },
      { id: 2, title: 'Lag', panels: lag(input) },
      { id: 3, title: 'Latency', panels: latency(input) },
      { id: 4, title: 'Verdicts', panels: verdicts() },
      timeline(),
    ],
  };
}

const STAT = { type: 'stat', height: 5, width: 4 } as const;

function now(input: RulesInput): readonly Panel[] {
  return [
    {
      ...STAT,
      id: 10,
      title: 'State',
      description:
        'The worst of all vantages of a probe. UNKNOWN: nobody could look, which says nothing about the mail.',
      width: 8,
      unit: 'none',
      words: STATE_WORDS,
      loud: true,
      queries: [{ expr: stateOf(PROBES, 'probe'), legend: '{{probe}}', now: true }],
    },
    {
      ...STAT,
      id: 11,
      title: 'Delivery lag',
      description:
        'Age of the oldest mail that is missing and that nothing newer overtook, up to the last complete look. 0: nothing waits.',
      unit: 's',
      steps: lagSteps(input),
      queries: [{ expr: lagOf(PROBES, 'probe'), legend: '{{probe}}', now: true }],
    },
    {
      ...STAT,
      id: 12,
      title: 'Newest arrival was sent',
      description:
        'How long ago the newest canary that arrived was taken by the relay. Grows also when nothing is sent.',
      unit: 's',
      steps: PLAIN,
      queries: [
        {
          expr: `time() - max by (probe) (${recorded('newest', PROBES)})`,
          legend: '{{probe}}',
          now: true,
        },
      ],
    },
  ];
}

function nowOfCanaries(input: RulesInput): readonly Panel[] {
  return [
    {
      ...STAT,
      id: 13,
      title: 'Overdue now',
      description:
        'Canaries that missed their deadline a short while ago although younger ones arrived.',
      unit: 'none',
      steps: NONE_IS_WELL,
      queries: [
        {
          expr: `sum by (probe) (${recorded('stragglers', PROBES)})`,
          legend: '{{probe}}',
          now: true,
        },
      ],
    },
    {
      ...STAT,
      id: 14,
      title: 'Last latency',
      description:
        'From the acceptance by the relay to the ingestion, of the newest canary that arrived.',
      unit: 's',
      steps: lagSteps(input),
      queries: [
        {
          expr: `max by (probe) (${sample('last_ingest_latency_seconds', PROBES)})`,
          legend: '{{probe}}',
          now: true,
        },
      ],
    },
  ];
}

function lag(input: RulesInput): readonly Panel[] {
  return [
    {
      type: 'graph',
      id: 20,
      title: 'Delivery lag',
      description:
        'Age of the head of each probe. The page comes at the line of its deadline; a blind monitor freezes it instead of raising it.',
      width: 12,
      height: 8,
      unit: 's',
      min: 0,
      steps: lagSteps(input),
      draw: 'stairs',
      queries: [{ expr: lagOf(PROBES, 'probe'), legend: '{{probe}}' }],
    },
    {
      type: 'graph',
      id: 21,
      title: 'On their way, suspect, overdue',
      description:
        'Canaries without a verdict; of those, the ones waiting beyond suspect_after; and those that missed their deadline while younger ones arrived.',
      width: 12,
      height: 8,
      unit: 'none',
      min: 0,
      decimals: 0,
      draw: 'stairs',
      colours: { 'on their way': 'blue', suspect: 'yellow', overdue: 'red' },
      queries: [
        {
          expr: `sum(max by (job, vantage, probe) (${sample('unjudged', PROBES)}))`,
          legend: 'on their way',
        },
        {
          expr: `sum(max by (job, vantage, probe) (${sample('head_waiting', PROBES)}))`,
          legend: 'suspect',
        },
        { expr: `sum(${recorded('stragglers', PROBES)})`, legend: 'overdue' },
      ],
    },
  ];
}
