import { sample } from '../promql.ts';
import type { RulesInput } from '../rules/input.ts';
import { JUDGED, lateOrNever, lossEvidence } from './loss-evidence.ts';
import type { Board, Panel } from './panel.ts';
import { aMinute, doneAMinute, EVENT_STEP, inRange, JOB, PROBES, recorded } from './query.ts';
import { lagOf, NONE_IS_WELL, PLAIN } from './state.ts';
import { jobVariable, probesVariable, roleVariable } from './variables.ts';

const BARS = {
  type: 'graph',
  draw: 'bars',
  stacked: true,
  unit: 'cpm',
  min: 0,
  height: 8,
} as const;

/** Does mail disappear? */
export function loss(input: RulesInput): Board {
  return {
    name: 'loss',
    title: 'Mailcanary: does mail disappear?',
    description:
      'Partial loss, which no lag shows: shares with their counts, target against control, what came after all, what came twice.',
    from: '24h',
    refresh: '30s',
    variables: [jobVariable(input), probesVariable(), roleVariable()],
    sections: [
      { id: 1, title: 'In the time shown', panels: counts() },
      { id: 2, title: 'Evidence', panels: lossEvidence() },
      { id: 3, title: 'Missing and found', panels: [missing(), ...found()] },
      { id: 4, title: 'Wrong in other ways', panels: [...strange(), ...doubtful()] },
    ],
  };
}

function counts(): readonly Panel[] {
  const stat = {
    type: 'stat',
    width: 4,
    height: 5,
    unit: 'none',
    decimals: 0,
    steps: NONE_IS_WELL,
  } as const;
  const one = (expr: string) => [{ expr, legend: '{{probe}}', now: true }] as const;
  const verdicts = (verdict: string | readonly string[]): string =>
    inRange('verdicts', { ...PROBES, verdict }, 'probe');
  return [
    {
      ...stat,
      id: 10,
      title: 'Judged',
      description:
        'Canaries with a verdict, those left out that nobody could judge: the base of all shares.',
      steps: PLAIN,
      queries: one(verdicts(JUDGED)),
    },
    {
      ...stat,
      id: 11,
      title: 'Overdue',
      description: 'Not there at their deadline. Some may have come later.',
      queries: one(verdicts('overdue')),
    },
    {
      ...stat,
      id: 12,
      title: 'Misfiled',
      description: 'Delivered where nobody looks: spam, trash, suspended.',
      queries: one(verdicts('misfiled')),
    },
    {
      ...stat,
      id: 13,
      title: 'Lost',
      description: 'Written off: still missing after lost_after.',
      queries: one(inRange('lost', PROBES, 'probe')),
    },
    {
      ...stat,
      id: 14,
      title: 'Came after all',
      description: 'Arrived after a verdict of overdue, misfiled or lost.',
      steps: PLAIN,
      queries: one(inRange('late_recoveries', PROBES, 'probe')),
    },
    {
      ...stat,
      id: 15,
      title: 'Came twice',
      description: 'Further copies of canaries that had arrived already.',
      queries: one(inRange('duplicates', PROBES, 'probe')),
    },
  ];
}

/** Prometheus has numbers only: which canaries they are, the status page says. */
function missing(): Panel {
  const most = (name: Parameters<typeof sample>[0]): string =>
    `max by (probe, vantage, sender) (${sample(name, PROBES)})`;
  return {
    type: 'table',
    id: 33,
    title: 'Missing now, by probe',
    description:
      'Canaries without a verdict, waiting at the head beyond suspect_after, past their deadline and overtaken, written off and still missing; and how long the head has waited. Each of them has a name and a time line on the status page.',
    width: 24,
    height: 6,
    unit: 'none',
    labels: { probe: 'probe', vantage: 'vantage', sender: 'sender' },
    values: 'shown',
    queries: [
      { expr: most('unjudged'), legend: 'no verdict yet', now: true },
      { expr: most('head_waiting'), legend: 'suspect', now: true },
      {
        expr: `max by (probe, vantage, sender) (${recorded('stragglers', PROBES)})`,
        legend: 'overdue',
        now: true,
      },
      {
        expr: `max by (probe, vantage, sender) (${sample('canaries', { ...PROBES, outcome: 'lost' })})`,
        legend: 'lost, ever',
        now: true,
      },
      { expr: lagOf(PROBES, 'probe, vantage, sender'), legend: 'lag', now: true, unit: 's' },
    ],
  };
}

function found(): readonly Panel[] {
  return [
    {
      type: 'graph',
      id: 30,
      title: 'Missing now',
      description:
        'Overtaken and past the deadline (overdue), and waiting at the head beyond suspect_after (suspect).',
      width: 8,
      height: 8,
      unit: 'none',
      decimals: 0,
      min: 0,
      draw: 'stairs',
      queries: [
        { expr: `sum by (probe) (${recorded('stragglers', PROBES)})`, legend: '{{probe}} overdue' },
        {
          expr: `sum by (probe) (max by (job, vantage, probe) (${sample('head_waiting', PROBES)}))`,
          legend: '{{probe}} suspect',
        },
      ],
    },
    {
      ...BARS,
      ...lateOrNever(),
      id: 31,
      width: 8,
    },
    {
      type: 'graph',
      id: 32,
      title: 'Canaries sent',
      description: 'What the relay took. Shares of few canaries say little.',
      width: 8,
      height: 8,
      unit: 'cpm',
      min: 0,
      queries: [
        { expr: aMinute('accepted', PROBES, 'probe'), legend: '{{probe}}', step: EVENT_STEP },
      ],
    },
  ];
}

function strange(): readonly Panel[] {
  return [
    {
      ...BARS,
      id: 40,
      title: 'Duplicates',
      description: 'Copies too many. Customers get as many tickets and answers.',
      width: 6,
      queries: [
        { expr: aMinute('duplicates', PROBES, 'probe'), legend: '{{probe}}', step: EVENT_STEP },
      ],
    },
    {
      ...BARS,
      id: 41,
      title: 'Not in the inbox',
      description: 'Arrivals that were first seen elsewhere.',
      width: 6,
      queries: [
        {
          expr: aMinute(
            'arrivals',
            { ...PROBES, place: ['spam', 'suspended', 'trash', 'closed', 'other'] },
            'place',
          ),
          legend: '{{place}}',
          step: EVENT_STEP,
        },
      ],
    },
  ];
}

function doubtful(): readonly Panel[] {
  return [
    {
      ...BARS,
      id: 42,
      title: 'Carry a mark and match nothing',
      description:
        'Seen where canaries arrive, of all observers: an id that is not ours, a wrong signature, a foreign mark, or an answer to a canary.',
      width: 6,
      queries: [
        { expr: doneAMinute('unmatched', JOB, 'reason'), legend: '{{reason}}', step: EVENT_STEP },
      ],
    },
    {
      ...BARS,
      id: 43,
      title: 'Verdicts that later facts contradict',
      description:
        'Of all observers; and arrivals whose latency is known too badly to be counted. Both should be rare.',
      width: 6,
      queries: [
        {
          expr: aMinute('verdict_contradictions', JOB, 'observer'),
          legend: '{{observer}} contradicted',
          step: EVENT_STEP,
        },
        {
          expr: aMinute('latency_unknown', PROBES, 'probe'),
          legend: '{{probe}} latency unknown',
          step: EVENT_STEP,
        },
      ],
    },
  ];
}
