import { sample } from '../promql.ts';
import type { RulesInput } from '../rules/input.ts';
import { alertingPanels } from './alerting.ts';
import { clocks, processPanels, soundness } from './monitor-sound.ts';
import { cadence, looking, observers, sending } from './monitor-work.ts';
import type { Board, Panel } from './panel.ts';
import { foreign, INSTANCES } from './query.ts';
import { PLAIN } from './state.ts';
import { instanceVariable, jobVariable } from './variables.ts';

/** Can we trust the monitor? */
export function monitor(input: RulesInput): Board {
  return {
    name: 'monitor',
    title: 'Mailcanary: can we trust the monitor?',
    description:
      'The monitor itself: does it look, send, write and add up; and does an alert get out.',
    from: '6h',
    refresh: '10s',
    variables: [jobVariable(input), instanceVariable()],
    sections: [
      { id: 1, title: 'Now', panels: [...now(), ...asConfigured()] },
      { id: 2, title: 'Looking', panels: [...looking(input), ...observers()] },
      { id: 3, title: 'Sending', panels: [...sending(), cadence()] },
      { id: 4, title: 'Sound?', panels: [...soundness(), clocks()] },
      { id: 5, title: 'The process', panels: processPanels() },
      { id: 6, title: 'The way of an alert', panels: alertingPanels(input) },
    ],
  };
}

const STAT = { type: 'stat', width: 4, height: 5, unit: 'none' } as const;
const one = (expr: string) => [{ expr, legend: '{{instance}}', now: true }] as const;

function now(): readonly Panel[] {
  return [
    {
      ...STAT,
      id: 10,
      title: 'Up',
      description: 'Whether Prometheus reaches each instance.',
      words: [
        { value: 0, text: 'DOWN', colour: 'red' },
        { value: 1, text: 'UP', colour: 'green' },
      ],
      loud: true,
      queries: one(foreign('up', INSTANCES)),
    },
    {
      ...STAT,
      id: 11,
      title: 'Ledger',
      description: 'Whether the last write to the ledger succeeded; it is tried each 5 s.',
      words: [
        { value: 0, text: 'TAKES NOTHING', colour: 'red' },
        { value: 1, text: 'WRITABLE', colour: 'green' },
      ],
      queries: one(sample('ledger_writable', INSTANCES)),
    },
    {
      ...STAT,
      id: 12,
      title: 'Running for',
      description: 'Time since the start of the process.',
      unit: 's',
      steps: PLAIN,
      queries: one(`time() - ${foreign('process_start_time_seconds', INSTANCES)}`),
    },
  ];
}

function asConfigured(): readonly Panel[] {
  return [
    {
      ...STAT,
      id: 13,
      title: 'Configuration',
      description:
        'Whether the last reading of the file succeeded; a bad one keeps the old running.',
      words: [
        { value: 0, text: 'REJECTED', colour: 'red' },
        { value: 1, text: 'TAKEN', colour: 'green' },
      ],
      queries: one(sample('config_last_reload_successful', INSTANCES)),
    },
    {
      ...STAT,
      id: 14,
      title: 'Configuration read',
      description: 'How long ago a configuration was read with success.',
      unit: 's',
      steps: PLAIN,
      queries: one(`time() - ${sample('config_last_reload_success_timestamp_seconds', INSTANCES)}`),
    },
    {
      ...STAT,
      id: 15,
      title: 'Build',
      description: 'Version and revision; replicas should agree.',
      steps: PLAIN,
      asName: true,
      queries: [
        {
          expr: `max by (version, revision, node) (${sample('build_info', INSTANCES)})`,
          legend: '{{version}} ({{revision}}) on {{node}}',
          now: true,
        },
      ],
    },
  ];
}
