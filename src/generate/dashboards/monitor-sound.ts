import { sample } from '../promql.ts';
import { SKEW_SECONDS } from '../rules/limits.ts';
import type { Panel } from './panel.ts';
import { doneAMinute, EVENT_STEP, foreign, INSTANCES } from './query.ts';
import { NONE_IS_WELL } from './state.ts';

const GRAPH = { type: 'graph', width: 8, height: 8, min: 0 } as const;

/** Does it add up? */
export function soundness(): readonly Panel[] {
  const sum = (expr: string): string => `sum by (instance, probe) (${expr})`;
  return [
    {
      ...GRAPH,
      id: 40,
      title: 'Do the books balance?',
      description:
        'Accepted less verdicts and unjudged; launched less outcomes. Anything but 0 is a bug, and no figure can be trusted.',
      unit: 'none',
      steps: NONE_IS_WELL,
      queries: [
        {
          expr: `max by (instance) (abs(${sum(sample('accepted', INSTANCES))} - ${sum(sample('verdicts', INSTANCES))} - ${sum(sample('unjudged', INSTANCES))}))`,
          legend: '{{instance}} accepted',
        },
        {
          expr: `max by (instance) (abs(${sum(sample('launched', INSTANCES))} - ${sum(sample('canaries', INSTANCES))}))`,
          legend: '{{instance}} launched',
        },
      ],
    },
    {
      ...GRAPH,
      id: 41,
      title: 'Failures of the monitor',
      description:
        'Ledger operations that failed, loops that were started again, parts left out of a scrape.',
      unit: 'cpm',
      queries: [
        {
          expr: doneAMinute('ledger_errors', INSTANCES, 'instance'),
          legend: '{{instance}} ledger',
          step: EVENT_STEP,
        },
        {
          expr: doneAMinute('loop_crashes', INSTANCES, 'instance'),
          legend: '{{instance}} loops',
          step: EVENT_STEP,
        },
        {
          expr: doneAMinute('collect_errors', INSTANCES, 'instance'),
          legend: '{{instance}} scrape',
          step: EVENT_STEP,
        },
      ],
    },
  ];
}

/** Does it know what time it is? */
export function clocks(): Panel {
  const clock = sample('clock_timestamp_seconds', INSTANCES);
  return {
    ...GRAPH,
    id: 42,
    title: 'Clocks',
    description: `Difference to the clock of Prometheus, and to the steady clock by which the monitor judges. Beyond ${SKEW_SECONDS} s it judges nothing by looks.`,
    unit: 's',
    steps: [
      { from: null, colour: 'green' },
      { from: SKEW_SECONDS, colour: 'red' },
    ],
    queries: [
      { expr: `abs(timestamp(${clock}) - ${clock})`, legend: '{{instance}} to Prometheus' },
      {
        expr: `abs(${sample('clock_skew_seconds', INSTANCES)})`,
        legend: '{{instance}} to itself',
      },
      {
        expr: `increase(${sample('clock_steps', INSTANCES)}[$__rate_interval])`,
        legend: '{{instance}} was set',
        step: EVENT_STEP,
      },
    ],
  };
}

/** How is the process? */
export function processPanels(): readonly Panel[] {
  const of = (name: string): string => foreign(name, INSTANCES);
  return [
    {
      ...GRAPH,
      id: 50,
      title: 'Event loop',
      description:
        'How long work waited for the event loop: 99 % less than this. It includes the scrape.',
      unit: 's',
      queries: [{ expr: of('nodejs_eventloop_lag_p99_seconds'), legend: '{{instance}}' }],
    },
    {
      ...GRAPH,
      id: 51,
      title: 'Memory',
      description: 'Resident memory of the process.',
      unit: 'bytes',
      queries: [{ expr: of('process_resident_memory_bytes'), legend: '{{instance}}' }],
    },
    {
      ...GRAPH,
      id: 52,
      title: 'Processor',
      description: 'Share of one core.',
      unit: 'percentunit',
      queries: [
        {
          expr: `rate(${of('process_cpu_seconds_total')}[$__rate_interval])`,
          legend: '{{instance}}',
        },
      ],
    },
  ];
}
