import { sample } from '../promql.ts';
import type { RulesInput } from '../rules/input.ts';
import { durationsOf } from '../rules/limits.ts';
import { firing } from '../rules/rule.ts';
import type { Panel } from './panel.ts';
import { doneAMinute, EVENT_STEP, foreign, INSTANCES, recorded, JOB } from './query.ts';

const GRAPH = { type: 'graph', width: 8, height: 8, min: 0 } as const;

/** Whether an alert gets out, and how soon. Prometheus and Alertmanager must be scraped themselves. */
export function alertingPanels(input: RulesInput): readonly Panel[] {
  return [...budget(input), failing(), ...signs()];
}

function budget(input: RulesInput): readonly Panel[] {
  const scrape = input.scrapeIntervalMs / 1_000;
  return [
    {
      ...GRAPH,
      id: 60,
      title: 'From the deadline to the page',
      description: `What may pass at most: the pause between looks and the lag of the source, a scrape and an evaluation of the rules (each ${durationsOf(input).paging}), and what Alertmanager takes.`,
      unit: 's',
      stacked: true,
      queries: [
        { expr: `max(${recorded('look', JOB)})`, legend: 'look' },
        {
          expr: `${scrape} + 0 * count(${sample('build_info', JOB)})`,
          legend: 'scrape, as configured',
        },
        {
          expr: 'max(prometheus_rule_group_interval_seconds{rule_group=~".*mailcanary-page"})',
          legend: 'rules',
        },
        {
          expr: 'histogram_quantile(0.99, sum by (le) (rate(alertmanager_notification_latency_seconds_bucket[$__rate_interval])))',
          legend: 'Alertmanager',
          step: EVENT_STEP,
        },
      ],
    },
    {
      ...GRAPH,
      id: 61,
      title: 'Rules',
      description: 'How long Prometheus takes for each group of our rules.',
      unit: 's',
      queries: [
        {
          expr: 'max by (rule_group) (prometheus_rule_group_last_duration_seconds{rule_group=~".*mailcanary.*"})',
          legend: '{{rule_group}}',
        },
      ],
    },
  ];
}

function failing(): Panel {
  return {
    ...GRAPH,
    id: 62,
    title: 'What fails on the way',
    description:
      'Rounds of rules that were missed, rules that failed, notifications dropped or refused.',
    unit: 'cpm',
    queries: [
      {
        expr: failures(
          'prometheus_rule_group_iterations_missed_total{rule_group=~".*mailcanary.*"}',
        ),
        legend: 'rounds missed',
      },
      {
        expr: failures('prometheus_rule_evaluation_failures_total{rule_group=~".*mailcanary.*"}'),
        legend: 'rules failed',
      },
      { expr: failures('prometheus_notifications_dropped_total'), legend: 'dropped' },
      { expr: failures('alertmanager_notifications_failed_total'), legend: 'not delivered' },
    ].map((query) => ({ ...query, step: EVENT_STEP })),
  };
}

function signs(): readonly Panel[] {
  return [
    {
      ...GRAPH,
      id: 63,
      title: 'Scrapes',
      description: 'How long they take.',
      unit: 's',
      queries: [{ expr: foreign('scrape_duration_seconds', INSTANCES), legend: '{{instance}}' }],
    },
    {
      ...GRAPH,
      id: 64,
      title: 'Series',
      description: 'How many one scrape of each instance brings.',
      unit: 'short',
      queries: [{ expr: foreign('scrape_samples_scraped', INSTANCES), legend: '{{instance}}' }],
    },
    {
      ...GRAPH,
      id: 65,
      title: 'Signs of life',
      description:
        'The Watchdog, which always fires (1), and pings to the service outside that calls when they stop (a minute, where configured).',
      unit: 'short',
      queries: [
        { expr: `count(${firing('Watchdog')}) or vector(0)`, legend: 'Watchdog' },
        {
          expr: doneAMinute('heartbeats', INSTANCES, 'result'),
          legend: 'heartbeat {{result}}',
          step: EVENT_STEP,
        },
      ],
    },
    ageOfSigns(),
  ];
}

/** By which a silence is seen while it begins. */
function ageOfSigns(): Panel {
  const newest = (instants: string): string => `max_over_time((${instants})[1h:])`;
  const pinged = `timestamp(increase(${sample('heartbeats', { ...INSTANCES, result: 'ok' })}[$__rate_interval]) > 0)`;
  return {
    ...GRAPH,
    id: 66,
    title: 'Age of the signs of life',
    description:
      'Since the rules last said Watchdog, and since a ping to the service outside was last answered, where one is configured. Looks back an hour.',
    unit: 's',
    queries: [
      {
        expr: `time() - max(${newest(`timestamp(${firing('Watchdog')})`)})`,
        legend: 'Watchdog',
      },
      {
        expr: `time() - max by (instance) (${newest(pinged)})`,
        legend: 'heartbeat of {{instance}}',
      },
    ],
  };
}

const failures = (counter: string): string => `sum(60 * rate(${counter}[$__rate_interval]))`;
