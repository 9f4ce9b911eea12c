import { buckets } from '../promql.ts';
import type { RulesInput } from '../rules/input.ts';
import { BURN, BURN_WINDOWS, slowBucket, type BurnWindow } from '../rules/limits.ts';
import { SERIES } from '../rules/rule.ts';
import type { Board, Panel, Step } from './panel.ts';
import { inTime, PROBES, recorded } from './query.ts';
import { PLAIN } from './state.ts';
import { jobVariable, probesVariable, roleVariable } from './variables.ts';

/** Over which the objective is kept. */
const PERIOD = '28d';
const JUDGED = ['on_time', 'overdue', 'misfiled'] as const;
const BAD = ['overdue', 'misfiled'] as const;

/** Do we keep what we promised? */
export function slo(input: RulesInput): Board {
  return {
    name: 'slo',
    title: 'Mailcanary: is the promise kept?',
    description:
      'Objective, error budget and burn rates: a canary is good when it was in its place at its deadline.',
    from: '7d',
    refresh: '1m',
    variables: [jobVariable(input), probesVariable(), roleVariable()],
    sections: [
      { id: 1, title: `Over ${PERIOD}`, panels: [...period(input), table(input)] },
      { id: 2, title: 'Budget', panels: budget(input) },
      { id: 3, title: 'What the shares are made of', panels: base(input) },
    ],
  };
}

const percent = (share: number): string => `${Number((share * 100).toPrecision(6))} %`;
const allowed = ({ objective }: RulesInput): number => Number((1 - objective).toPrecision(6));

function count(verdict: string | readonly string[], time = PERIOD): string {
  return inTime('verdicts', { matchers: { ...PROBES, verdict }, by: 'probe', time });
}

function attained(time = PERIOD): string {
  return `${count('on_time', time)} / (${count(JUDGED, time)} > 0)`;
}

function left(input: RulesInput): string {
  return `1 - ${count(BAD)} / (${allowed(input)} * (${count(JUDGED)} > 0))`;
}

function attainedSteps({ objective }: RulesInput): readonly Step[] {
  return [
    { from: null, colour: 'red' },
    { from: objective, colour: 'green' },
  ];
}

const LEFT_STEPS: readonly Step[] = [
  { from: null, colour: 'red' },
  { from: 0, colour: 'yellow' },
  { from: 0.25, colour: 'green' },
];

function period(input: RulesInput): readonly Panel[] {
  const stat = { type: 'stat', width: 6, height: 5, unit: 'percentunit' } as const;
  return [
    {
      ...stat,
      id: 10,
      title: 'On time',
      description: `Share of the canaries of ${PERIOD} that were on time; the objective is ${percent(input.objective)}.`,
      decimals: 3,
      steps: attainedSteps(input),
      queries: [{ expr: attained(), legend: '{{probe}}', now: true }],
    },
    {
      ...stat,
      id: 11,
      title: 'Budget left',
      description: `Of the ${percent(allowed(input))} that may be overdue or misfiled within ${PERIOD}. Below 0: spent.`,
      decimals: 1,
      steps: LEFT_STEPS,
      queries: [{ expr: left(input), legend: '{{probe}}', now: true }],
    },
    {
      ...stat,
      id: 12,
      title: 'Bad canaries',
      description: `Overdue or misfiled within ${PERIOD}: the number behind the shares.`,
      unit: 'none',
      decimals: 0,
      steps: PLAIN,
      queries: [{ expr: count(BAD), legend: '{{probe}}', now: true }],
    },
    {
      ...stat,
      id: 13,
      title: 'Nobody could judge',
      description:
        'Share of all verdicts that are void, since nobody could look in time. The objective leaves them out, so a large share hides something.',
      decimals: 2,
      steps: [
        { from: null, colour: 'green' },
        { from: 0.01, colour: 'yellow' },
        { from: 0.05, colour: 'red' },
      ],
      queries: [
        {
          expr: `${count('void')} / (${count([...JUDGED, 'void'])} > 0)`,
          legend: '{{probe}}',
          now: true,
        },
      ],
    },
  ];
}

function table(input: RulesInput): Panel {
  return {
    type: 'table',
    id: 14,
    title: 'Probes',
    description: 'The same figures side by side, and those of the last day.',
    width: 24,
    height: 6,
    unit: 'percentunit',
    labels: { probe: 'probe' },
    values: 'shown',
    queries: [
      { expr: count(JUDGED), legend: 'judged', now: true, unit: 'none' },
      { expr: count(BAD), legend: 'bad', now: true, unit: 'none' },
      { expr: attained(), legend: `on time, ${PERIOD}`, now: true },
      { expr: attained('24h'), legend: 'on time, 24 h', now: true },
      { expr: left(input), legend: 'budget left', now: true },
    ],
  };
}

function burn(window: BurnWindow, input: RulesInput): string {
  const bad = recorded(`bad${window}`, PROBES);
  const judged = recorded(`judged${window}`, PROBES);
  return `sum by (probe) (${bad}) / (sum by (probe) (${judged}) > 0) / ${allowed(input)}`;
}

function budget(input: RulesInput): readonly Panel[] {
  return [
    {
      type: 'graph',
      id: 20,
      title: 'Burn rates',
      description: `How many times as fast as allowed the budget is spent. The page wants ${BURN.fast.factor} over ${BURN.fast.long} and ${BURN.fast.short}, tickets ${BURN.slow.factor} over ${BURN.slow.long} or ${BURN.slowest.factor} over ${BURN.slowest.long}, and some bad canaries each.`,
      width: 12,
      height: 9,
      unit: 'short',
      min: 0,
      softMax: BURN.fast.factor,
      steps: [
        { from: null, colour: 'green' },
        { from: BURN.slowest.factor, colour: 'yellow' },
        { from: BURN.slow.factor, colour: 'orange' },
        { from: BURN.fast.factor, colour: 'red' },
      ],
      queries: BURN_WINDOWS.map((window) => ({
        expr: burn(window, input),
        legend: `{{probe}} ${window}`,
      })),
    },
    {
      type: 'graph',
      id: 21,
      title: 'Budget left',
      description: `Over the ${PERIOD} before each moment.`,
      width: 12,
      height: 9,
      unit: 'percentunit',
      softMax: 1,
      steps: LEFT_STEPS,
      queries: [{ expr: left(input), legend: '{{probe}}' }],
    },
  ];
}

function base(input: RulesInput): readonly Panel[] {
  const graph = { type: 'graph', width: 8, height: 8, min: 0 } as const;
  const sums = (what: 'judged' | 'bad') =>
    BURN_WINDOWS.map((window) => ({
      expr: `sum by (probe) (${recorded(`${what}${window}`, PROBES)})`,
      legend: `{{probe}} ${window}`,
    }));
  return [
    {
      ...graph,
      id: 30,
      title: 'Canaries judged',
      description: 'In each window of the burn rates. A share of a handful says little.',
      unit: 'short',
      logarithmic: true,
      queries: sums('judged'),
    },
    {
      ...graph,
      id: 31,
      title: 'Canaries overdue or misfiled',
      description: `In each window. Below ${BURN.fast.count} nobody is paged, whatever the rate.`,
      unit: 'short',
      queries: sums('bad'),
    },
    ...fast(input),
  ];
}

/** One panel a deadline, since what is slow depends on it. */
function fast({ probes }: RulesInput): readonly Panel[] {
  const bounds = [...new Set(probes.map(({ lateAfterMs }) => slowBucket(lateAfterMs)))];
  const arrivals = (le: string): string =>
    `sum by (probe) (max by (${SERIES}) (increase(${buckets('ingest_latency_seconds', { ...PROBES, le })}[1h])))`;
  return bounds.map((bound, index) => ({
    type: 'graph',
    id: 32 + index,
    title: `Within ${Number(bound)} s`,
    description: `Share of the arrivals of an hour that took no longer than ${Number(bound)} s: slow begins here, long before late.`,
    width: 8,
    height: 8,
    min: 0,
    unit: 'percentunit',
    softMax: 1,
    queries: [{ expr: `${arrivals(bound)} / (${arrivals('+Inf')} > 0)`, legend: '{{probe}}' }],
  }));
}
